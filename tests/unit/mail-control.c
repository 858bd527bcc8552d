/* SPDX-License-Identifier: 0BSD */
/* lib/mail/control */
#include "lib/mail/control.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"

static struct stralloc text;

static void begin(void)
{
	scratch_enter();
	sa_free(&text);
	sa_copys(&text, "before");
}

TEST(a_line_is_the_first_one_without_white_space_at_its_end)
{
	static const struct {
		const char *file, *line;
	} cases[] = {{"one\ntwo\n", "one"}, {"one", "one"}, {"", ""},
		{"\n", ""}, {"\none\n", ""}, {" \t one \t \n", " \t one"},
		{"# one\n", "# one"}, {"one\r\n", "one\r"}, {"a b\n", "a b"},
		{" \t ", ""}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		begin();
		scratch_write("f", cases[i].file, strlen(cases[i].file));
		want_case(cases[i].file, 1, control_line(&text, "f"));
		want_case_str(cases[i].file, cases[i].line, sa_cstr(&text));
	}
	sa_free(&text);
}

TEST(a_long_line_is_read_whole)
{
	static char large[100000];

	begin();
	memset(large, 'x', sizeof large);
	scratch_write("f", large, sizeof large);
	want_num(1, control_line(&text, "f"));
	want_num(sizeof large, text.len);
	sa_free(&text);
}

TEST(a_missing_file_is_zero_and_leaves_nothing)
{
	int value = 7;

	begin();
	want_num(0, control_line(&text, "f"));
	want_sa("", &text);
	want_num(0, control_int(&value, "f"));
	want_num(7, value);
	sa_copys(&text, "before");
	want_num(0, control_list(&text, "f"));
	want_sa("", &text);
	sa_free(&text);
}

TEST(a_file_that_cannot_be_read_is_trouble)
{
	int value = 7;

	begin();
	scratch_file("d/f", "x\n");
	want_num(-1, control_line(&text, "d"));
	want_num(-1, control_list(&text, "d"));
	want_num(-1, control_int(&value, "d"));
	want_num(0, symlink("loop", "loop"));
	want_num(-1, control_line(&text, "loop"));
	want_num(ELOOP, errno);
	want_num(-1, control_list(&text, "d/f/x"));
	want_num(ENOTDIR, errno);
	want_num(-1, control_int(&value, "loop"));
	want_num(7, value);
	sa_free(&text);
}

TEST(a_read_that_fails_is_trouble)
{
	int value = 7;

	begin();
	scratch_file("f", "1\n");
	fail_reads = 1;
	want_num(-1, control_line(&text, "f"));
	want_num(EIO, errno);
	fail_reads = 1;
	want_num(-1, control_list(&text, "f"));
	want_num(EIO, errno);
	fail_reads = 1;
	want_num(-1, control_int(&value, "f"));
	want_num(7, value);
	interrupt_calls = 2;
	want_num(1, control_int(&value, "f"));
	want_num(1, value);
	sa_free(&text);
}

TEST(a_number_is_what_digits_begin_the_line)
{
	static const struct {
		const char *file;
		int found, value;
	} cases[] = {{"0\n", 1, 0}, {"42", 1, 42}, {"42x\n", 1, 42},
		{"x42\n", 0, 7}, {"\n42\n", 0, 7}, {"", 0, 7}, {"-1\n", 0, 7},
		{" 42\n", 0, 7}, {"42 43\n", 1, 42}, {"007\n", 1, 7},
		{"2147483647\n", 1, 2147483647},
#if __has_include("lib/mail/control-size.h") /* from 0100 on */
		{"2147483648\n", 1, INT_MAX}, {"4294967300\n", 1, INT_MAX},
#else /* cut to 32 bits */
		{"2147483648\n", 1, INT_MIN}, {"4294967295\n", 1, -1},
		{"4294967296\n", 1, 0}, {"4294967300\n", 1, 4},
#endif
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int value = 7;

		begin();
		scratch_write("f", cases[i].file, strlen(cases[i].file));
		want_case(cases[i].file, cases[i].found,
			control_int(&value, "f"));
		want_case(cases[i].file, cases[i].value, value);
	}
	sa_free(&text);
}

TEST(a_list_has_no_comments_and_no_empty_lines)
{
	begin();
	scratch_file("f", "one\n\n# no\n#no\n \t\n two \t\n#\nthree # x\nlast");
	want_num(1, control_list(&text, "f"));
	want_sa("one\0 two\0three # x\0last\0", &text);
	scratch_file("f", " # kept\n");
	want_num(1, control_list(&text, "f"));
	want_sa(" # kept\0", &text);
	sa_free(&text);
}

TEST(an_empty_list_is_there)
{
	begin();
	scratch_file("f", "");
	want_num(1, control_list(&text, "f"));
	want_sa("", &text);
	scratch_file("f", "# nothing\n\n");
	want_num(1, control_list(&text, "f"));
	want_sa("", &text);
	sa_free(&text);
}

TEST(lines_across_the_read_buffer_stay_whole)
{
	static char file[200000], expected[200000];
	size_t n = 0, m = 0;

	begin();
	for (int i = 0; i < 10000; i++) {
		n += (size_t)sprintf(file + n, "host-%d.example\n", i);
		m += (size_t)sprintf(expected + m, "host-%d.example", i) + 1;
	}
	scratch_write("f", file, n);
	want_num(1, control_list(&text, "f"));
	want_bytes(NULL, expected, m, text.s, text.len);
	sa_free(&text);
}

/* control/me is read once in a process */

static void use_me(void)
{
	scratch_file("control/me", " me.example \n");
	want_num(1, control_line_or_me(&text, "control/none", "fallback"));
	want_sa(" me.example", &text);
	scratch_file("control/me", "changed\n");
	want_num(1, control_line_or_me(&text, "control/none", NULL));
	want_sa(" me.example", &text);
	scratch_file("control/own", "own.example\n");
	want_num(1, control_line_or_me(&text, "control/own", "fallback"));
	want_sa("own.example", &text);
	scratch_file("control/empty", "");
	want_num(1, control_line_or_me(&text, "control/empty", "fallback"));
	want_sa("", &text);
}

static void use_the_fallback(void)
{
	want_num(1, control_line_or_me(&text, "control/none", "fallback"));
	want_sa("fallback", &text);
	want_num(0, control_line_or_me(&text, "control/none", NULL));
}

static void have_me_unreadable(void)
{
	scratch_file("control/me/x", "");
	want_num(-1, control_line_or_me(&text, "control/none", "fallback"));
	want_num(-1, control_line_or_me(&text, "control/none", NULL));
	scratch_file("control/own", "own\n");
	want_num(1, control_line_or_me(&text, "control/own", NULL));
	want_sa("own", &text);
	/* the trouble may pass */
	unlink("control/me/x");
	rmdir("control/me");
	scratch_file("control/me", "me\n");
	want_num(1, control_line_or_me(&text, "control/none", NULL));
	want_sa("me", &text);
}

static void have_the_file_unreadable(void)
{
	scratch_file("control/me", "me\n");
	scratch_file("control/dir/x", "");
	want_num(-1, control_line_or_me(&text, "control/dir", "fallback"));
}

TEST(me_stands_in_and_is_read_once)
{
	begin();
	want_num(0, child_run(use_me));
}

TEST(without_me_the_fallback_stands_in)
{
	begin();
	want_num(0, child_run(use_the_fallback));
}

TEST(an_unreadable_me_is_trouble_only_when_needed)
{
	begin();
	want_num(0, child_run(have_me_unreadable));
}

TEST(an_unreadable_file_is_not_replaced_by_me)
{
	begin();
	want_num(0, child_run(have_the_file_unreadable));
	sa_free(&text);
}
