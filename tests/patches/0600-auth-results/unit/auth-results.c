/* SPDX-License-Identifier: 0BSD */
/* lib/mail/auth-claim, auth-results, auth-strip */
#include "harness.h"
#include "lib/mail/auth-results.h"
#include "lib/mail/auth-strip.h"

static struct stralloc kept;

static void keep(void *to, const char *from, size_t n)
{
	(void)to;
	sa_catb(&kept, from, (slen)n);
}

/* What is left of a message that comes step bytes at a time; how many fields
 * went. */
static size_t strip(const char *own, const char *text, size_t n, size_t step)
{
	struct auth_strip strip;
	struct stralloc id = {0};

	sa_clear(&kept);
	sa_copys(&id, own);
	auth_id_fold(&id);
	auth_strip_start(&strip, &id, keep, NULL);
	for (size_t at = 0; at < n; at += step)
		auth_strip_put(
			&strip, text + at, n - at < step ? n - at : step);
	auth_strip_end(&strip);
	sa_free(&id);
	return strip.forged;
}

TEST(a_field_of_ours_goes_wherever_the_message_is_cut)
{
	static const char text[] =
		"A: b\nAUTHENTICATION-results (c\n d)\n\t: \"m\\X\" 1 (e);\n f\n"
		"Authentication-Results: other; g\nB: c\rauthentication-results:mx\n"
		"C: d\n\nAuthentication-Results: mx; h\n";

	for (size_t step = 1; step < sizeof text; step++) {
		want_num(2, strip("Mx..", text, sizeof text - 1, step));
		want_sa("A: b\nAuthentication-Results: other; g\nB: c\r\n"
			"C: d\n\nAuthentication-Results: mx; h\n",
			&kept);
	}
}

TEST(a_field_that_takes_too_long_to_read_goes)
{
	struct stralloc text = {0};

	for (unsigned blanks = AUTH_CLAIM_MAX - 40; blanks < AUTH_CLAIM_MAX + 9;
		blanks++) {
		sa_copys(&text, "Authentication-Results:");
		for (unsigned i = 0; i < blanks; i++)
			sa_catc(&text, ' ');
		sa_cats(&text, "far;\nA: b\n");
		strip("mx", text.s, text.len, 7);
		if (blanks + 23 + 4 <= AUTH_CLAIM_MAX)
			want_bytes(NULL, text.s, text.len, kept.s, kept.len);
		else
			want_sa("A: b\n", &kept);
	}
	sa_free(&text);
}

TEST(without_a_name_everything_passes)
{
	static const char text[] = "Authentication-Results: mx; a\n\nb";
	struct auth_strip strip;

	sa_clear(&kept);
	auth_strip_start(&strip, NULL, keep, NULL);
	auth_strip_put(&strip, text, sizeof text - 1);
	auth_strip_end(&strip);
	want_sa("Authentication-Results: mx; a\n\nb", &kept);
}

TEST(a_field_is_written_with_a_line_a_result)
{
	struct stralloc id = {0};
	struct stralloc out = {0};
	struct stralloc results = {0};

	sa_copys(&id, "mx.test");
	auth_results_field(&out, &id, &results);
	want_sa("Authentication-Results: mx.test; none\n", &out);
	auth_results_add(&results, "spf=pass", 8);
	auth_results_add(&results, "dkim=none", 9);
	sa_clear(&out);
	sa_copys(&id, "m/x");
	auth_results_field(&out, &id, &results);
	want_sa("Authentication-Results: \"m/x\";\n  spf=pass;\n  dkim=none\n",
		&out);
	sa_free(&id);
	sa_free(&out);
	sa_free(&results);
}

TEST(a_value_is_quoted_if_it_has_to_be_and_never_breaks_a_line)
{
	static const struct {
		const char *from;
		const char *value;
		const char *address;
	} cases[] = {
		{"far.test", "far.test", "far.test"},
		{"a@far.test", "\"a@far.test\"", "a@far.test"},
		{"", "\"\"", "\"\""},
		{"a b", "\"a b\"", "\"a b\""},
		{"a\"\\b", "\"a\\\"\\\\b\"", "\"a\\\"\\\\b\""},
		{"a\r\n b\t\x7f\xc3", "\"a?? b???\"", "\"a?? b???\""},
	};
	struct stralloc out = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		slen n = (slen)strlen(cases[i].from);

		sa_clear(&out);
		auth_value(&out, cases[i].from, n);
		want_case_str(cases[i].from, cases[i].value, sa_cstr(&out));
		sa_clear(&out);
		auth_address(&out, cases[i].from, n);
		want_case_str(cases[i].from, cases[i].address, sa_cstr(&out));
	}
	sa_clear(&out);
	auth_comment(&out, "a(b)\\\n", 6);
	want_sa("(a\\(b\\)\\\\?)", &out);
	sa_free(&out);
}

TEST(a_long_value_is_cut)
{
	struct stralloc long_one = {0};
	struct stralloc out = {0};

	for (int i = 0; i < 3000; i++)
		sa_catc(&long_one, 'x');
	auth_value(&out, long_one.s, long_one.len);
	want_num(AUTH_VALUE_MAX, out.len);
	sa_free(&long_one);
	sa_free(&out);
}

/* Many bytes before the at sign must not make the domain another. */
TEST(of_an_address_that_could_be_misread_only_the_domain_is_shown)
{
	static const char domain[] = "bank.test.far.test";
	struct stralloc long_one = {0};
	struct stralloc out = {0};

	while (long_one.len < AUTH_VALUE_MAX - 10)
		sa_catc(&long_one, 'x');
	sa_catc(&long_one, '@');
	sa_cats(&long_one, domain);
	auth_address(&out, long_one.s, long_one.len);
	want_sa(domain, &out);
	sa_clear(&out);
	auth_value(&out, long_one.s, long_one.len);
	want_sa(domain, &out);
	sa_clear(&out);
	auth_address(&out, "ceo@bank.test@far.test", 22);
	want_sa("far.test", &out);
	sa_clear(&out);
	auth_address(&out, "a@b@", 4);
	want_sa("\"\"", &out);
	sa_free(&long_one);
	sa_free(&out);
}
