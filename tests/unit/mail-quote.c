/* SPDX-License-Identifier: 0BSD */
/* lib/mail/quote */
#include "lib/mail/quote.h"

#include "harness.h"

static struct stralloc out;

#define want_box(expected, box)                                                \
	do {                                                                   \
		sa_clear(&out);                                                \
		quote_box(&out, box, sizeof(box) - 1);                         \
		want_sa(expected, &out);                                       \
	} while (0)

/* Which bytes may stand in a local part without quotes: RFC 822's atoms, and the dot
 * between two of them. */
static int may_stand_bare(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') ||
		(c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

TEST(of_all_bytes_only_those_of_atoms_and_inner_dots_stand_bare)
{
	for (int c = 0; c < 256; c++) {
		char box[3] = {'a', (char)c, 'b'};
		char quoted[8] = "\"a";
		size_t n = 2;

		sa_clear(&out);
		quote_box(&out, box, 3);
		if (may_stand_bare(c) || c == '.') {
			want_bytes(unit_label(c), box, 3, out.s, out.len);
			continue;
		}
		if (c == '\r' || c == '\n' || c == '"' || c == '\\')
			quoted[n++] = '\\';
		quoted[n++] = (char)c;
		quoted[n++] = 'b';
		quoted[n++] = '"';
		want_bytes(unit_label(c), quoted, n, out.s, out.len);
	}
	sa_free(&out);
}

TEST(each_byte_alone_is_judged_the_same_but_for_the_dot)
{
	for (int c = 0; c < 256; c++) {
		char box[1] = {(char)c};

		sa_clear(&out);
		quote_box(&out, box, 1);
		want_case(unit_label(c), may_stand_bare(c), out.len == 1);
	}
	sa_free(&out);
}

TEST(dots_at_an_end_or_together_need_quotes)
{
	want_box("a.b.c", "a.b.c");
	want_box("\".a\"", ".a");
	want_box("\"a.\"", "a.");
	want_box("\"a..b\"", "a..b");
	want_box("\".\"", ".");
	want_box("\"...\"", "...");
	sa_free(&out);
}

TEST(an_empty_box_becomes_empty_quotes)
{
	want_box("\"\"", "");
	sa_free(&out);
}

TEST(specials_are_escaped_within_quotes_only_where_they_must)
{
	want_box("\"\\\"\\\\\\\r\\\n\"", "\"\\\r\n");
	want_box("\"a b(c)<d>@e,f;g:h[i]\"", "a b(c)<d>@e,f;g:h[i]");
	want_box("\"a\0b\"", "a\0b");
	sa_free(&out);
}

TEST(it_appends)
{
	sa_copys(&out, "To: ");
	quote_box(&out, "a b", 3);
	quote_addr(&out, "c d@e");
	want_sa("To: \"a b\"\"c d\"@e", &out);
	sa_free(&out);
}

TEST(in_an_address_only_the_part_before_the_last_at_is_quoted)
{
	static const struct {
		const char *address, *quoted;
	} cases[] = {{"", ""}, {"a@b", "a@b"}, {"a b@c d", "\"a b\"@c d"},
		{"a@b@c", "\"a@b\"@c"}, {"@c", "\"\"@c"}, {"user", "user"},
		{"us er", "\"us er\""}, {"a.@b", "\"a.\"@b"}, {"a@", "a@"},
		{"@", "\"\"@"}, {"a\"b@c\"d", "\"a\\\"b\"@c\"d"},
		{"#@[]", "#@[]"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		sa_clear(&out);
		quote_addr(&out, cases[i].address);
		want_case_str(cases[i].address, cases[i].quoted, sa_cstr(&out));
	}
	sa_free(&out);
}
