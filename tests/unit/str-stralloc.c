/* SPDX-License-Identifier: 0BSD */
/* lib/str/stralloc */
#include "lib/str/stralloc.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/str/alloc.h"
#include "harness.h"

TEST(a_zeroed_struct_is_an_empty_string)
{
	struct stralloc sa = {0};

	want_num(1, sa_is(&sa, ""));
	want_num(0, sa_is(&sa, "x"));
	sa_clear(&sa);
	sa_trim(&sa);
	want_num(0, sa.len);
	sa_free(&sa);
}

TEST(appending_nothing_to_nothing_gives_a_usable_empty_string)
{
	struct stralloc sa = {0}, other = {0};

	sa_catb(&sa, NULL, 0);
	sa_cats(&sa, "");
	sa_cat(&sa, &other);
	sa_copy(&sa, &other);
	want_num(0, sa.len);
	want_str("", sa_cstr(&sa));
	sa_free(&sa);
}

TEST(each_append_adds_at_the_end)
{
	struct stralloc sa = {0}, other = {0};

	sa_copys(&other, "two");
	sa_cats(&sa, "one");
	sa_cat(&sa, &other);
	sa_catb(&sa, "\0x", 2);
	sa_catc(&sa, 'c');
	sa_catnum(&sa, 0);
	sa_catnum(&sa, 18446744073709551615UL);
	want_sa("onetwo\0xc018446744073709551615", &sa);
	sa_free(&sa);
	sa_free(&other);
}

TEST(each_copy_replaces_and_keeps_the_memory)
{
	struct stralloc sa = {0}, other = {0};
	char *before;

	sa_copys(&sa, "a long text to begin with");
	before = sa.s;
	sa_copys(&sa, "short");
	want_sa("short", &sa);
	sa_copyb(&sa, "a\0b", 3);
	want_sa("a\0b", &sa);
	sa_copys(&other, "other");
	sa_copy(&sa, &other);
	want_sa("other", &sa);
	assert_ptr_equal(before, sa.s);
	sa_free(&sa);
	sa_free(&other);
}

TEST(growing_byte_by_byte_keeps_the_bytes_and_moves_seldom)
{
	struct stralloc sa = {0};
	unsigned moves = 0;
	slen cap = 0;

	for (unsigned i = 0; i < 100000; i++) {
		sa_catc(&sa, (char)(i * 7));
		moves += sa.cap != cap;
		cap = sa.cap;
		assert_true(sa.len <= sa.cap);
	}
	want_num(100000, sa.len);
	for (unsigned i = 0; i < 100000; i++)
		if (sa.s[i] != (char)(i * 7))
			want_num((char)(i * 7), sa.s[i]);
	assert_true(moves < 60);
	sa_free(&sa);
}

TEST(room_is_there_before_it_is_used)
{
	struct stralloc sa = {0};

	sa_copys(&sa, "ab");
	sa_room(&sa, 1000);
	assert_true(sa.cap >= 1000);
	want_sa("ab", &sa);
	sa_more(&sa, 5000);
	assert_true(sa.cap >= 5002);
	memset(sa.s + sa.len, 'x', 5000);
	want_sa("ab", &sa);
	sa_free(&sa);
}

TEST(a_string_in_its_room_is_not_moved)
{
	struct stralloc sa = {0};
	char *before;
	slen cap;

	sa_room(&sa, 10);
	before = sa.s;
	cap = sa.cap;
	sa_room(&sa, cap);
	sa_more(&sa, cap);
	assert_ptr_equal(before, sa.s);
	want_num(cap, sa.cap);
	sa_free(&sa);
}

TEST(freeing_leaves_an_empty_string_that_works)
{
	struct stralloc sa = {0};

	sa_copys(&sa, "x");
	sa_free(&sa);
	assert_null(sa.s);
	want_num(0, sa.len);
	want_num(0, sa.cap);
	sa_cats(&sa, "again");
	want_sa("again", &sa);
	sa_free(&sa);
	sa_free(&sa);
}

TEST(sa_0_counts_its_nul_and_sa_cstr_does_not)
{
	struct stralloc sa = {0};

	want_str("", sa_cstr(&sa));
	want_num(0, sa.len);
	sa_copys(&sa, "ab");
	want_str("ab", sa_cstr(&sa));
	want_num(2, sa.len);
	assert_ptr_equal(sa.s, sa_0(&sa));
	want_sa("ab\0", &sa);
	sa_free(&sa);
}

TEST(trimming_takes_blanks_tabs_and_newlines_only)
{
	static const struct {
		const char *text, *left;
	} cases[] = {{"", ""}, {" ", ""}, {"\n\t \n", ""}, {"a \t\n", "a"},
		{" a", " a"}, {"a b ", "a b"}, {"a\r", "a\r"}, {"a\v ", "a\v"},
		{"a", "a"}};
	struct stralloc sa = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		sa_copys(&sa, cases[i].text);
		sa_trim(&sa);
		want_case_str(cases[i].text, cases[i].left, sa_cstr(&sa));
	}
	sa_copyb(&sa, "a\0", 2);
	sa_trim(&sa);
	want_num(2, sa.len);
	sa_free(&sa);
}

TEST(is_compares_all_bytes_and_case)
{
	struct stralloc sa = {0};

	sa_copys(&sa, "text");
	want_num(1, sa_is(&sa, "text"));
	want_num(0, sa_is(&sa, "Text"));
	want_num(0, sa_is(&sa, "tex"));
	want_num(0, sa_is(&sa, "texts"));
	sa_0(&sa);
	want_num(0, sa_is(&sa, "text"));
	sa_free(&sa);
}

/* -- lengths near the limit; nothing behind s is touched before the check -- */

static unsigned told;

static void count(void)
{
	told++;
}

static void note(void)
{
	if (write(2, "told ", 5) != 5)
		_exit(72);
}

static struct stralloc nearly_full(slen spare)
{
	static char byte;
	struct stralloc sa = {&byte, SLEN_MAX - spare, SLEN_MAX};

	return sa;
}

static void pass_the_limit_by_one(void)
{
	struct stralloc sa = nearly_full(3);

	alloc_failed = note;
	sa_more(&sa, 4);
}

static void append_bytes_past_the_limit(void)
{
	struct stralloc sa = nearly_full(0);

	alloc_failed = note;
	sa_catc(&sa, 'x');
}

static void append_a_string_past_the_limit(void)
{
	struct stralloc sa = nearly_full(2), other = nearly_full(1);

	alloc_failed = note;
	sa_cat(&sa, &other);
}

static void end_with_a_nul_past_the_limit(void)
{
	struct stralloc sa = nearly_full(0);

	alloc_failed = note;
	sa_cstr(&sa);
}

static void pass_the_limit_with_the_default(void)
{
	struct stralloc sa = nearly_full(0);

	sa_catnum(&sa, 1);
}

TEST(a_string_that_would_pass_the_limit_ends_the_process_after_alloc_failed)
{
	static void (*const jobs[])(void) = {pass_the_limit_by_one,
		append_bytes_past_the_limit, append_a_string_past_the_limit,
		end_with_a_nul_past_the_limit};
	const char *label;

	for (size_t i = 0; i < COUNT(jobs); i++) {
		int status = child_run(jobs[i]);

		label = unit_label((long)i);
		want_case(label, 1, WIFEXITED(status));
		want_case(label, 111, WEXITSTATUS(status));
		want_bytes(label, "told ", 5, child_said.s, child_said.len);
	}
	want_num(111 << 8, child_run(pass_the_limit_with_the_default));
}

TEST(a_string_may_come_up_to_the_limit)
{
	struct stralloc sa = nearly_full(3);
	char *before = sa.s;

	sa_more(&sa, 3);
	assert_ptr_equal(before, sa.s);
	want_num(SLEN_MAX - 3, sa.len);
}

static void ask_for_the_greatest_room(void)
{
	struct stralloc sa = {0};

	largest_allocation = 4096;
	asked_allocation = 0;
	sa_room(&sa, SLEN_MAX - 5);
}

/* The greatest, or nothing: from 0100 on what can never be had is not asked
 * for. */
static void tell_what_was_asked(void)
{
	if (asked_allocation == 0 || asked_allocation == SLEN_MAX)
		_exit(11);
	_exit(12);
}

static void ask_and_tell(void)
{
	alloc_failed = tell_what_was_asked;
	ask_for_the_greatest_room();
}

TEST(spare_room_near_the_limit_does_not_wrap)
{
	want_num(11 << 8, child_run(ask_and_tell));
}

TEST(when_memory_is_short_the_string_stays_and_the_append_is_done_later)
{
	struct stralloc sa = {0};
	void (*before)(void) = alloc_failed;

	sa_copys(&sa, "kept");
	alloc_failed = count;
	told = 0;
	fail_allocations = 2;
	sa_more(&sa, 1000);
	sa_cats(&sa, " and more");
	alloc_failed = before;
	want_num(2, told);
	want_sa("kept and more", &sa);
	sa_free(&sa);
}
