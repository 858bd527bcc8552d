/* SPDX-License-Identifier: 0BSD */
/* lib/str: strings that grow, bytes, case, numbers. */
#include "unit.h"

#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/str/alloc.h"
#include "lib/str/byte.h"
#include "lib/str/case.h"
#include "lib/str/fmt.h"
#include "lib/str/scan.h"

static void a_zeroed_string_is_empty(void **state)
{
	struct stralloc sa = {0};

	(void)state;
	assert_true(sa_is(&sa, ""));
	sa_clear(&sa);
	sa_trim(&sa);
	assert_int_equal(sa.len, 0);
	assert_string_equal(sa_cstr(&sa), "");
	assert_int_equal(sa.len, 0);
	sa_free(&sa);
	assert_null(sa.s);
	sa_free(&sa);
}

static void copies_replace_and_cats_append(void **state)
{
	struct stralloc a = {0};
	struct stralloc b = {0};

	(void)state;
	sa_copys(&a, "one");
	sa_copyb(&b, "t\0o", 3);
	sa_cat(&a, &b);
	assert_holds(&a, "onet\0o");
	sa_catc(&a, '!');
	sa_catnum(&a, 0);
	sa_catnum(&a, ULONG_MAX);
	sa_copy(&b, &a);
	assert_int_equal(b.len, a.len);
	assert_memory_equal(a.s, b.s, a.len);
	sa_copyb(&a, "", 0);
	assert_int_equal(a.len, 0);
	sa_copys(&a, "x");
	assert_holds(&a, "x");
	sa_free(&a);
	sa_free(&b);
}

static void a_counted_nul_counts_and_another_does_not(void **state)
{
	struct stralloc sa = {0};

	(void)state;
	sa_copys(&sa, "abc");
	assert_ptr_equal(sa_cstr(&sa), sa.s);
	assert_int_equal(sa.len, 3);
	assert_string_equal(sa_0(&sa), "abc");
	assert_int_equal(sa.len, 4);
	assert_int_equal(sa.s[3], 0);
	sa_free(&sa);
}

static void trim_takes_blanks_tabs_newlines_from_the_end_only(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{" ", ""},
		{"\n\t ", ""},
		{" a ", " a"},
		{"a\n", "a"},
		{"a b\t\n", "a b"},
		{"a\r\n", "a\r"},
		{"a\v ", "a\v"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stralloc sa = {0};

		sa_copys(&sa, cases[i][0]);
		sa_trim(&sa);
		assert_text(&sa, cases[i][1]);
		sa_free(&sa);
	}
}

static void room_keeps_contents_however_often_it_grows(void **state)
{
	struct stralloc sa = {0};

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		sa_catc(&sa, (char)(i % 251));
	sa_room(&sa, 1);
	sa_room(&sa, 300000);
	sa_more(&sa, 1);
	assert_int_equal(sa.len, 100000);
	assert_true(sa.cap >= 300000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal((unsigned char)sa.s[i], i % 251);
	sa_free(&sa);
}

static void end_with_55(void)
{
	_exit(55);
}

static void do_nothing(void)
{
}

/* The exit code of a child that does that. */
static int code_of(void (*what)(void), void (*failed)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alloc_failed = failed;
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void grow_past_the_limit(void)
{
	char byte = 'x';
	struct stralloc sa = {.s = &byte, .len = SLEN_MAX, .cap = SLEN_MAX};

	sa_more(&sa, 1);
}

static void catenate_past_the_limit(void)
{
	char byte = 'x';
	struct stralloc sa = {
		.s = &byte, .len = SLEN_MAX - 1, .cap = SLEN_MAX - 1};

	sa_catb(&sa, "abc", 3);
}

static void lengthen_a_list_past_the_limit(void)
{
	slen room = SLEN_MAX;

	alloc_one_more(NULL, SLEN_MAX, &room, 16);
}

static void a_length_that_would_wrap_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(code_of(grow_past_the_limit, do_nothing), 111);
	assert_int_equal(code_of(catenate_past_the_limit, do_nothing), 111);
	assert_int_equal(
		code_of(lengthen_a_list_past_the_limit, do_nothing), 111);
	assert_int_equal(code_of(grow_past_the_limit, end_with_55), 55);
	assert_int_equal(code_of(alloc_never, end_with_55), 55);
	assert_int_equal(code_of(alloc_never, do_nothing), 111);
}

static void a_list_keeps_its_elements_as_it_grows(void **state)
{
	unsigned long *list = NULL;
	slen room = 0;

	(void)state;
	for (slen i = 0; i < 5000; i++) {
		list = alloc_one_more(list, i, &room, sizeof *list);
		assert_true(room > i);
		list[i] = i;
	}
	for (slen i = 0; i < 5000; i++)
		assert_int_equal(list[i], i);
	alloc_release(list);
	alloc_release(NULL);
	list = alloc_get(0);
	assert_non_null(list);
	alloc_release(list);
}

static void bytes_are_found_from_both_ends(void **state)
{
	(void)state;
	assert_int_equal(byte_find("abcabc", 6, 'b'), 1);
	assert_int_equal(byte_rfind("abcabc", 6, 'b'), 4);
	assert_int_equal(byte_find("abc", 3, 'x'), 3);
	assert_int_equal(byte_rfind("abc", 3, 'x'), 3);
	assert_int_equal(byte_find("abc", 0, 'a'), 0);
	assert_int_equal(byte_rfind("abc", 0, 'a'), 0);
	assert_int_equal(byte_find("a\0b", 3, '\0'), 1);
	assert_int_equal(byte_find("ab\xff", 3, '\xff'), 2);
	assert_int_equal(str_find("a@b@c", '@'), 1);
	assert_int_equal(str_rfind("a@b@c", '@'), 3);
	assert_int_equal(str_find("abc", '@'), 3);
	assert_int_equal(str_rfind("abc", '@'), 3);
	assert_int_equal(str_rfind("", '@'), 0);
	assert_true(byte_is("abc", 3, "abc"));
	assert_false(byte_is("abc", 2, "abc"));
	assert_false(byte_is("abcd", 4, "abc"));
	assert_false(byte_is("ab\0", 3, "ab"));
	assert_true(byte_is("", 0, ""));
	assert_true(str_starts("abc", ""));
	assert_true(str_starts("abc", "ab"));
	assert_false(str_starts("ab", "abc"));
	assert_false(str_starts("Abc", "ab"));
}

static void only_a_to_z_have_a_case(void **state)
{
	char text[] = "AZaz@[`{\xc4\xe4";

	(void)state;
	for (int c = 0; c < 256; c++) {
		int lower = c >= 'A' && c <= 'Z' ? c + 32 : c;

		assert_int_equal((unsigned char)case_fold((char)c), lower);
	}
	case_lower(text);
	assert_string_equal(text, "azaz@[`{\xc4\xe4");
	case_lowerb(text, 0);
	assert_true(case_same("AbC", 3, "aBc", 3));
	assert_false(case_same("AbC", 3, "aBc", 2));
	assert_false(case_same("@", 1, "`", 1));
	assert_false(case_same("[", 1, "{", 1));
	assert_true(case_same("A\0b", 3, "a\0B", 3));
	assert_true(case_same("", 0, "", 0));
	assert_true(case_eqs("X", "x"));
	assert_false(case_eqs("X", "xy"));
	assert_true(case_starts("RECEIVED:", 9, "received"));
	assert_false(case_starts("RECEI", 5, "received"));
	assert_true(case_starts("", 0, ""));
}

static void numbers_become_text_and_back(void **state)
{
	static const unsigned long numbers[] = {
		0, 1, 9, 10, 99, 4294967295UL, ULONG_MAX};
	char text[FMT_ULONG + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		unsigned long back = 7;
		slen n = fmt_ulong(text, numbers[i]);

		assert_true(n > 0 && n < FMT_ULONG);
		text[n] = 0;
		assert_int_equal(scan_ulong(text, &back), n);
		assert_true(back == numbers[i]);
	}
	text[fmt_padded(text, 7, 2)] = 0;
	assert_string_equal(text, "07");
	text[fmt_padded(text, 2026, 2)] = 0;
	assert_string_equal(text, "2026");
	text[fmt_padded(text, 0, 1)] = 0;
	assert_string_equal(text, "0");
}

static void scanning_stops_at_what_is_no_digit(void **state)
{
	static const struct {
		const char *text;
		slen digits;
		unsigned long value;
	} cases[] = {
		{"", 0, 0},
		{"x", 0, 0},
		{"-1", 0, 0},
		{"+1", 0, 0},
		{" 1", 0, 0},
		{"12x", 2, 12},
		{"007", 3, 7},
		{"1 2", 1, 1},
		{"/", 0, 0},
		{":", 0, 0},
		{"18446744073709551616", 20, 0},
		{"18446744073709551617", 20, 1},
	};
	unsigned long value;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		value = 99;
		assert_int_equal(
			scan_ulong(cases[i].text, &value), cases[i].digits);
		if (sizeof value == 8 || cases[i].digits < 20)
			assert_true(value == cases[i].value);
	}
	assert_int_equal(scan_ulongb("123", 2, &value), 2);
	assert_int_equal(value, 12);
	assert_int_equal(scan_ulongb("123", 0, &value), 0);
	assert_int_equal(value, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_string_is_empty),
		cmocka_unit_test(copies_replace_and_cats_append),
		cmocka_unit_test(a_counted_nul_counts_and_another_does_not),
		cmocka_unit_test(
			trim_takes_blanks_tabs_newlines_from_the_end_only),
		cmocka_unit_test(room_keeps_contents_however_often_it_grows),
		cmocka_unit_test(a_length_that_would_wrap_ends_the_process),
		cmocka_unit_test(a_list_keeps_its_elements_as_it_grows),
		cmocka_unit_test(bytes_are_found_from_both_ends),
		cmocka_unit_test(only_a_to_z_have_a_case),
		cmocka_unit_test(numbers_become_text_and_back),
		cmocka_unit_test(scanning_stops_at_what_is_no_digit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
