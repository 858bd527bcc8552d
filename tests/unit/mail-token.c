/* SPDX-License-Identifier: 0BSD */
/* lib/mail/token and lib/mail/addrlist */
#include "lib/mail/token.h"

#include "lib/mail/addrlist.h"
#include "harness.h"

/* One letter a kind. */
static const char letters[] = "aqlc.@,<>:;";

static struct tokens tokens;
static struct stralloc out;

static int scan(const char *text)
{
	tokens_clear(&tokens);
	return tokens_scan(&tokens, text, (slen)strlen(text));
}

static void end(void)
{
	tokens_free(&tokens);
	sa_free(&out);
}

TEST(text_comes_apart_into_kinds)
{
	static const struct {
		const char *text, *kinds;
	} cases[] = {{"", ""}, {" \t\r\n", ""}, {"a", "a"}, {"a b", "aa"},
		{"a@b.c", "a@a.a"}, {"\"a b\"", "q"}, {"\"\"", "q"},
		{"[]", "l"}, {"[1.2.3.4]", "l"}, {"(a(b)c)", "c"}, {"()", "c"},
		{"<a,b:c;>", "<a,a:a;>"}, {"a(c)b", "aca"}, {"a\"q\"", "aq"},
		{"a[l]", "al"}, {"a\\ b", "a"}, {"a)b", "q"}, {"a]b", "q"},
		{"\xe4", "q"}, {"a\x01", "q"}, {"a\\(", "a"}, {"\"\\\"\"", "q"},
		{"(\\))", "c"}, {"[\\]]", "l"}, {"a\\\\b", "q"}, {"\x7f", "q"},
		{"+", "a"}, {"a\\", "a"}, {"(a\\(b)", "c"}, {"[a[b]", "l"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		want_case(cases[i].text, 0, scan(cases[i].text));
		sa_clear(&out);
		for (slen t = 0; t < tokens.count; t++)
			sa_catc(&out, letters[tokens.at[t].kind]);
		want_case_str(cases[i].text, cases[i].kinds, sa_cstr(&out));
	}
	end();
}

TEST(what_does_not_end_or_never_began_is_no_text)
{
	static const char *const texts[] = {"(", "(()", "\"", "\"a\\\"", "[",
		"[a\\]", ")", "]", "a )", "(\\)"};

	for (size_t i = 0; i < COUNT(texts); i++)
		want_case(texts[i], -1, scan(texts[i]));
	end();
}

TEST(scanning_stays_within_the_length_and_takes_nul)
{
	tokens_clear(&tokens);
	want_num(0, tokens_scan(&tokens, "a\"", 1));
	want_num(1, tokens.count);
	want_num(0, tokens_scan(&tokens, NULL, 0));
	want_num(0, tokens_scan(&tokens, "x\0y", 3));
	want_num(2, tokens.count);
	want_num(3, tokens.at[1].len);
	want_num(TOKEN_QUOTED, tokens.at[1].kind);
	end();
}

TEST(values_lose_quotes_and_backslashes)
{
	static const struct {
		const char *text, *flat;
	} cases[] = {{"\"a b\"@c.d", "a b@c.d"}, {"a\\ b@c", "a b@c"},
		{"\"\\\"\\\\\"", "\"\\"}, {"a@[1.2]", "a@[1.2]"},
		{"a(x) @ b (y)", "a@b"}, {"<a:b;,>", "<a:b;,>"},
		{"a@[\\]]", "a@[]]"}, {"a b", "ab"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		want_case(cases[i].text, 0, scan(cases[i].text));
		sa_clear(&out);
		tokens_flat(&out, &tokens);
		want_case_str(cases[i].text, cases[i].flat, sa_cstr(&out));
	}
	end();
}

TEST(a_comments_value_has_no_parentheses_of_its_own)
{
	want_num(0, scan("(a(b)\\)c)"));
	token_value(&out, &tokens.at[0]);
	want_sa("ab)c", &out);
	end();
}

TEST(a_token_is_put_with_delimiters_and_escapes)
{
	token_put(&out, TOKEN_ATOM, "a\"b", 3);
	token_put(&out, TOKEN_QUOTED, "(\\)", 3);
	token_put(&out, TOKEN_LITERAL, "]\n", 2);
	token_put(&out, TOKEN_COMMENT, "[\r", 2);
	token_put(&out, TOKEN_QUOTED, "", 0);
	want_sa("a\\\"b\"\\(\\\\\\)\"[\\]\\\n](\\[\\\r)\"\"", &out);
	end();
}

TEST(dropping_from_the_front_and_adding_keep_the_order)
{
	struct tokens more = {0};

	want_num(0, scan("a b c d"));
	tokens_drop(&tokens, 1);
	tokens_addn(&more, tokens.at, tokens.count);
	tokens_drop(&tokens, 3);
	want_num(0, tokens.count);
	tokens_flat(&out, &more);
	want_sa("bcd", &out);
	tokens_free(&more);
	end();
}

TEST(a_thousand_tokens_are_kept)
{
	struct stralloc text = {0};

	for (int i = 0; i < 1000; i++)
		sa_cats(&text, "x.");
	want_num(0, tokens_scan(&tokens, text.s, text.len));
	want_num(2000, tokens.count);
	tokens_flat(&out, &tokens);
	want_bytes(NULL, text.s, text.len, out.s, out.len);
	sa_free(&text);
	end();
}

TEST(a_printed_field_has_blanks_where_they_help)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {{"a", "To: a"}, {"", "To:"},
		{"a@b.c,d@e", "To: a@b.c, d@e"}, {"A  B<a@b>", "To: A B <a@b>"},
		{"x:a,b;", "To: x: a, b;"}, {"\"a\"(c)", "To: \"a\" (c)"},
		{"a<b>c", "To: a <b>c"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		want_case(cases[i].text, 0, scan(cases[i].text));
		sa_copys(&out, "To:");
		tokens_print(&out, &tokens);
		want_case_str(cases[i].text, cases[i].printed, sa_cstr(&out));
	}
	end();
}

TEST(a_field_is_folded_behind_a_comma_before_it_passes_78_columns)
{
	/* 3 + 38 + 38 columns are one too many */
	want_num(0,
		scan("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,"
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,c"));
	sa_copys(&out, "To:");
	tokens_print(&out, &tokens);
	want_sa("To: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n "
		" bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, c",
		&out);
	want_num(0,
		scan("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,"
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,c"));
	sa_copys(&out, "To:");
	tokens_print(&out, &tokens);
	want_sa("To: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,"
		" bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n  c",
		&out);
	end();
}

/* -- lists of addresses -- */

/* The addresses from the first to the last, flat, with "|" behind each; "!" if the
 * field makes no sense. */
static void find(const char *field)
{
	struct addrlist list;

	want_case(field, 0, scan(field));
	sa_clear(&out);
	if (addrlist_find(&list, &tokens) < 0) {
		sa_catc(&out, '!');
	} else {
		for (slen i = list.count; i-- > 0;) {
			tokens_flat(&out, &list.at[i].words);
			sa_catc(&out, '|');
		}
	}
	addrlist_free(&list);
}

TEST(addresses_are_found_in_lists)
{
	static const struct {
		const char *field, *addresses;
	} cases[] = {{"", ""}, {"a@b", "a@b|"}, {"a@b, c@d", "a@b|c@d|"},
		{",,a,,b,", "a|b|"}, {"Name <a@b>", "a@b|"},
		{"\"N, M\" <a@b>, c", "a@b|c|"}, {"a b", "a|b|"},
		{"a@b c@d", "a@b|c@d|"}, {"<>", "|"}, {"x <@r:a@b>", "@r:a@b|"},
		{"group: a, b;", "a|b|"}, {"group:;", ""}, {"g: a;, b", "a|b|"},
		{"a (comment), (c) b", "a|b|"}, {"a . b @ c", "a.b@c|"},
		{"a@[1.2.3.4]", "a@[1.2.3.4]|"}, {"N <a> M <b>", "a|b|"},
		{"a <b>", "b|"}, {"[l] <b>", "[l]|b|"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		find(cases[i].field);
		want_case_str(
			cases[i].field, cases[i].addresses, sa_cstr(&out));
	}
	end();
}

TEST(groups_and_brackets_must_match)
{
	static const char *const fields[] = {
		"a>", "g: a;;", "a: b", ">", "a;;"};

	for (size_t i = 0; i < COUNT(fields); i++) {
		find(fields[i]);
		want_case_str(fields[i], "!", sa_cstr(&out));
	}
	end();
}

TEST(a_joined_field_has_the_changed_addresses_in_their_places)
{
	struct addrlist list;
	struct tokens joined = {0};
	static const struct token host = {TOKEN_ATOM, "host", 4};
	static const struct token at = {TOKEN_AT, "@", 1};

	want_num(0, scan("N <a> (x), b c"));
	want_num(0, addrlist_find(&list, &tokens));
	for (slen i = 0; i < list.count; i++) {
		tokens_add(&list.at[i].words, at);
		tokens_add(&list.at[i].words, host);
	}
	addrlist_join(&joined, &list);
	sa_copys(&out, "To:");
	tokens_print(&out, &joined);
	want_sa("To: N <a@host>(x), b@host, c@host", &out);
	tokens_free(&joined);
	addrlist_free(&list);
	end();
}
