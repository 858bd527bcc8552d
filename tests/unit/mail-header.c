/* SPDX-License-Identifier: 0BSD */
/* lib/mail/header */
#include "lib/mail/header.h"

#include <errno.h>

#include "harness.h"

/* Reads the whole header of a message: the fields with "|" behind each, then "=" and
 * what lies between header and body. Returns the last result. */
static int read_header(
	struct stralloc *all, const char *text, size_t n, size_t step)
{
	struct stralloc field = {0};
	struct header header;
	struct inbuf in;
	int r;

	unit_feed_start(&in, text, n, step);
	header_start(&header, &in);
	sa_clear(all);
	while ((r = header_next(&header, &field)) == 1) {
		sa_cat(all, &field);
		sa_catc(all, '|');
	}
	sa_catc(all, '=');
	sa_cat(all, &header.ahead);
	sa_catc(all, '=');
	if (r == 0) {
		/* the body is left in the input */
		while (inbuf_fill(&in) > 0) {
			sa_catb(all, in.mem + in.at, (slen)(in.end - in.at));
			in.at = in.end;
		}
	}
	header_free(&header);
	sa_free(&field);
	return r;
}

static const struct {
	const char *message, *expected;
} cases[] = {
	{"", "=="},
	{"\n", "=\n="},
	{"\nbody\n", "=\n=body\n"},
	{"A: b\n", "A: b\n|=="},
	{"A: b", "A: b\n|=="},
	{"A: b\n\nbody\n", "A: b\n|=\n=body\n"},
	{"A: b\nC: d\n\n", "A: b\n|C: d\n|=\n="},
	{"A: b\n c\n\td\nE: f\n\n", "A: b\n c\n\td\n|E: f\n|=\n="},
	{"A: b\n c", "A: b\n c\n|=="},
	{"A: b\n \nC: d\n", "A: b\n \n|C: d\n|=="},
	/* a line that is no field ends the header, and an empty line comes first */
	{"A: b\nno field\nbody\n", "A: b\n|=\nno field\n=body\n"},
	{"no field\nA: b\n", "=\nno field\n=A: b\n"},
	{"no field", "=\nno field="},
	{"A: b\r\n\r\nbody", "A: b\r\n|=\n\r\n=body"},
	{" A: b\n", "=\n A: b\n="},
	/* the separator line of an mbox is a field */
	{"From a@b Thu\nA: b\n\n", "MBOX-Line: From a@b Thu\n|A: b\n|=\n="},
	{"A: b\nFrom x\nC: d\n", "A: b\n|MBOX-Line: From x\n|C: d\n|=="},
	{"From\n", "=\nFrom\n="},
	{"From: x\n", "From: x\n|=="},
};

TEST(messages_come_apart_into_fields_and_body)
{
	struct stralloc all = {0};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 20; step += 6) {
			want_case(cases[i].message, 0,
				read_header(&all, cases[i].message,
					strlen(cases[i].message), step));
			want_case_str(cases[i].message, cases[i].expected,
				sa_cstr(&all));
		}
	sa_free(&all);
}

TEST(a_nul_does_not_continue_a_field)
{
	static const char text[] = "A: b\n\0c\n";
	struct stralloc all = {0};

	want_num(0, read_header(&all, text, sizeof text - 1, 99));
	want_sa("A: b\n|=\n\0c\n=", &all);
	sa_free(&all);
}

TEST(a_failed_read_is_told_and_gives_no_field)
{
	struct stralloc field = {0};
	struct header header;
	struct inbuf in;

	feed_start(&in, "A: b\nC", 99);
	feed_error = EIO;
	header_start(&header, &in);
	errno = 0;
	want_num(-1, header_next(&header, &field));
	want_num(EIO, errno);
	header_free(&header);
	sa_free(&field);
}

TEST(a_name_is_what_stands_before_the_colon)
{
	static const struct {
		const char *line;
		int found;
		slen len, value;
	} names[] = {{"A: b", 1, 1, 2}, {"A:", 1, 1, 2}, {"A \t: b", 1, 1, 4},
		{"Subject:x:y", 1, 7, 8}, {"A", 0, 0, 0}, {"", 0, 0, 0},
		{":", 0, 0, 0}, {" : x", 0, 0, 0}, {"A B: c", 0, 0, 0},
		{" A: b", 0, 0, 0}, {"A\x7f: b", 0, 0, 0},
		{"A\xe4: b", 0, 0, 0}, {"A\x01: b", 0, 0, 0},
		{"!~: b", 1, 2, 3}, {"A\r: b", 0, 0, 0}};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct field_name name = {0};

		want_case(names[i].line, names[i].found,
			field_name(&name, names[i].line,
				(slen)strlen(names[i].line)));
		if (!names[i].found)
			continue;
		want_case(names[i].line, names[i].len, name.len);
		want_case(names[i].line, names[i].value, name.value);
		assert_ptr_equal(names[i].line, name.text);
	}
}

TEST(a_colon_behind_the_length_does_not_count)
{
	struct field_name name;

	want_num(0, field_name(&name, "A:", 1));
	want_num(0, field_name(&name, NULL, 0));
}

TEST(names_match_in_any_case_and_whole)
{
	struct field_name name;

	want_num(1, field_name(&name, "rEPLY-tO : x", 12));
	want_num(1, field_is(&name, "Reply-To"));
	want_num(0, field_is(&name, "Reply-T"));
	want_num(0, field_is(&name, "Reply-To "));
	want_num(0, field_is(&name, ""));
}
