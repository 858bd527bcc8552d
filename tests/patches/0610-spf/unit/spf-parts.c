/* SPDX-License-Identifier: 0BSD */
/* spf/address, spf/fields, spf/macro, spf/match, spf/record, spf/term */
#include "harness.h"
#include "lib/io/timeout.h"
#include "spf/check.h"
#include "spf/fields.h"
#include "spf/macro.h"
#include "spf/record.h"

static int is_term(const char *text)
{
	struct spf_term term;

	return spf_term_read(&term, text, (slen)strlen(text));
}

TEST(terms_are_what_the_grammar_says)
{
	static const char *const good[] = {"all", "-ALL", "?a", "a/0",
		"mx//128", "a/32//0", "a:x.y/8", "~mx:x.y//8", "a:%{d}/8//8",
		"ptr:%{o}", "ip4:1.2.3.4/32", "ip6:::/0", "ip6:1::2",
		"exists:%{ir}.x.y", "include:x.y", "redirect=x.y",
		"exp=%{d1r.-}", "foo=", "a.b-c_d=%%", "a:_x.y-z", "a:x.y.",
		"a:%{l}.x.y/%{d}"};
	static const char *const bad[] = {"", "-", "--all", "all:", "all/8",
		"a/", "a/33", "a/08", "a/8/8", "a//129", "a///8", "a/8//",
		"a:", "a:x", "a:x.1", "a:x.-y", "a:x.y-", "a:x..", "a:%{z}.x.y",
		"a:%{d0}", "a:%{d", "a:%", "a:%{c}.x", "ip4:", "ip4:1.2.3",
		"ip4:1.2.3.4/", "ip4:1.2.3.4//8", "ip4:1.2.3.256",
		"ip6:1.2.3.4", "ip6:::1/129", "exists", "exists:x.y/8",
		"include", "ptr/8", "redirect=", "redirect=x", "-exp=x.y",
		"redirect:x.y", "exp=-all", "1a=x", "=x", "a b", "foo:bar",
		"a:x\ty.z", "foo=%{z}", "foo=\x80"};

	for (size_t i = 0; i < COUNT(good); i++)
		want_case(good[i], 1, is_term(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		want_case(bad[i], 0, is_term(bad[i]));
}

TEST(prefix_lengths_and_qualifiers_are_read)
{
	struct spf_term term;

	want_num(1, spf_term_read(&term, "~a:x.y/12//100", 14));
	want_num(SPF_A, term.kind);
	want_num(SPF_SOFTFAIL, term.qualifier);
	want_num(12, term.bits4);
	want_num(100, term.bits6);
	want_text("x.y", term.domain, term.domainlen);
	want_num(1, spf_term_read(&term, "mx", 2));
	want_num(SPF_PASS, term.qualifier);
	want_num(32, term.bits4);
	want_num(128, term.bits6);
	want_num(0, term.domainlen);
}

TEST(a_record_names_its_first_mistake)
{
	static const char text[] = "a  redirect=x.y foo:bar all. ";
	static const char twice[] = "exp=x.y all EXP=x.y";
	struct spf_term term;

	want_num(0, spf_record_check(&term, text, sizeof text - 1));
	want_text("foo:bar", term.text, term.len);
	want_num(0, spf_record_check(&term, twice, sizeof twice - 1));
	want_text("EXP=x.y", term.text, term.len);
	want_num(1, spf_record_check(&term, " a=b a=b ", 9));
}

static void whose_name(void *with, struct stralloc *name)
{
	sa_cats(name, with);
}

TEST(macros_are_replaced)
{
	/* the examples of RFC 7208 section 7.4, and some more */
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{"%{s}", "strong-bad@email.example.com"},
		{"%{o}", "email.example.com"},
		{"%{d}", "email.example.com"},
		{"%{d4}", "email.example.com"},
		{"%{d3}", "email.example.com"},
		{"%{d2}", "example.com"},
		{"%{d1}", "com"},
		{"%{dr}", "com.example.email"},
		{"%{d2r}", "example.email"},
		{"%{l}", "strong-bad"},
		{"%{l-}", "strong.bad"},
		{"%{lr}", "strong-bad"},
		{"%{lr-}", "bad.strong"},
		{"%{l1r-}", "strong"},
		{"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
		{"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
		{"%{S}", "strong-bad%40email.example.com"},
		{"%%%_%-", "% %20"},
		{"%{p}", "a.client"},
		{"%{d999}", "email.example.com"},
		{"%{h2.-}", "y.z"},
	};
	static char client[] = "a.client";
	struct spf_values values = {.validated = whose_name, .with = client};
	struct stralloc domain = {0};
	struct stralloc out = {0};

	sa_copys(&domain, "email.example.com");
	sa_copys(&values.origin, "email.example.com");
	sa_copys(&values.local, "strong-bad");
	sa_copys(&values.helo, "x-y.z");
	spf_ip_scan(&values.ip, "192.0.2.3", 9);
	values.domain = &domain;
	for (size_t i = 0; i < COUNT(cases); i++) {
		slen n = (slen)strlen(cases[i].text);

		sa_clear(&out);
		want_case(cases[i].text, 1,
			spf_macro_expand(&out, cases[i].text, n, &values));
		want_case_str(cases[i].text, cases[i].want, sa_cstr(&out));
	}
	spf_ip_scan(&values.ip, "2001:db8::cb01", 14);
	sa_clear(&out);
	want_num(1, spf_macro_expand(&out, "%{ir}.%{v}", 10, &values));
	want_sa("1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2."
		"ip6",
		&out);
	sa_free(&values.origin);
	sa_free(&values.local);
	sa_free(&values.helo);
	sa_free(&domain);
	sa_free(&out);
}

TEST(long_names_lose_labels_and_long_texts_are_an_error)
{
	struct spf_values values = {0};
	struct stralloc text = {0};
	struct stralloc out = {0};

	for (int i = 0; i < 30; i++)
		sa_cats(&text, "123456789.");
	sa_cats(&text, "ab.c");
	want_num(1, spf_macro_name(&out, text.s, text.len, &values));
	want_num(244, out.len);
	for (int i = 0; i < 1000; i++)
		sa_cats(&text, "123456789.");
	want_num(0, spf_macro_name(&out, text.s, text.len, &values));
	sa_copys(&text, "");
	for (int i = 0; i < 300; i++)
		sa_catc(&text, 'x');
	want_num(1, spf_macro_name(&out, text.s, text.len, &values));
	want_num(0, out.len);
	sa_free(&text);
	sa_free(&out);
}

TEST(addresses_are_compared_by_their_first_bits)
{
	static const struct {
		const char *a;
		const char *b;
		unsigned bits;
		int same;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", 32, 1},
		{"192.0.2.1", "192.0.2.0", 32, 0},
		{"192.0.2.1", "192.0.2.0", 31, 1},
		{"192.0.2.1", "10.0.0.0", 0, 1},
		{"192.0.2.1", "::ffff:192.0.2.1", 32, 1},
		{"2001:db8::1", "2001:db8::2", 127, 0},
		{"2001:db8::1", "2001:db8::2", 126, 1},
		{"2001:db8::1", "192.0.2.1", 0, 0},
		{"::1", "8000::", 0, 1},
		{"::1", "8000::", 1, 0},
	};
	struct spf_ip a;
	struct spf_ip b;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *label = unit_label((long)i);

		want_case(label, 1,
			spf_ip_scan(&a, cases[i].a, strlen(cases[i].a)));
		want_case(label, 1,
			spf_ip_scan(&b, cases[i].b, strlen(cases[i].b)));
		want_case(label, cases[i].same,
			spf_ip_same(&a, &b, cases[i].bits));
	}
	want_num(0, spf_ip_scan(&a, "192.0.2.1 ", 10));
	want_num(0, spf_ip_scan(&a, "192.0.2.1\0", 10));
	want_num(0, spf_ip_scan(&a, "", 0));
}

TEST(a_question_and_a_reply_come_back_as_they_were)
{
	struct spf_question question = {0};
	struct spf_question back = {0};
	struct spf_reply reply = {.result = SPF_SOFTFAIL, .guessed = 1};
	struct spf_reply said = {0};
	struct stralloc bytes = {0};

	sa_copys(&question.ip, "192.0.2.1");
	sa_copys(&question.sender, "a\x80\x01@b");
	sa_copys(&question.show, "fail ");
	spf_question_put(&bytes, &question);
	want_num(0, spf_question_get(&back, bytes.s, bytes.len));
	want_sa("192.0.2.1", &back.ip);
	want_sa("a\x80\x01@b", &back.sender);
	want_num(0, back.helo.len);
	for (slen n = 0; n < bytes.len; n++)
		want_num(-1, spf_question_get(&back, bytes.s, n));
	sa_copys(&reply.domain, "b");
	sa_copys(&reply.comment, "because");
	spf_reply_put(&bytes, &reply);
	want_num(0, spf_reply_get(&said, bytes.s, bytes.len));
	want_num(SPF_SOFTFAIL, said.result);
	want_num(1, said.guessed);
	want_sa("because", &said.comment);
	for (slen n = 0; n < bytes.len; n++)
		want_num(-1, spf_reply_get(&said, bytes.s, n));
	sa_0(&bytes);
	want_num(-1, spf_reply_get(&said, bytes.s, bytes.len));
	spf_question_free(&question);
	spf_question_free(&back);
	spf_reply_free(&reply);
	spf_reply_free(&said);
	sa_free(&bytes);
}

/* Else a slow DNS would let ptr pass by, and what stands behind it refuse mail for
 * good. */
TEST(names_that_were_not_looked_up_in_time_are_no_mismatch)
{
	static struct spf_run run;
	struct stralloc domain = {0};
	struct spf_term term;

	sa_copys(&domain, "far.test");
	run.values.domain = &domain;
	run.deadline = timeout_clock() - 1;
	assert_true(spf_term_read(&term, "ptr", 3));
	want_num(SPF_MATCH_TEMP, (size_t)spf_matches(&run, &term));
	sa_free(&domain);
	sa_free(&run.problem);
}
