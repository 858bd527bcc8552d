/* SPDX-License-Identifier: 0BSD */
/* Checked arithmetic, sizes as text, the ceiling for memory. */
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mail/control-size.h"
#include "lib/mail/control.h"
#include "lib/mail/home.h"
#include "lib/mail/memory.h"
#include "lib/str/alloc.h"
#include "lib/str/ceiling.h"
#include "lib/str/checked.h"
#include "lib/str/scan-size.h"
#include "harness.h"

TEST(sums_that_fit_are_stored_and_others_are_not)
{
	static const struct {
		size_t a, b, sum;
		int fits;
	} cases[] = {
		{0, 0, 0, 1},
		{1, 2, 3, 1},
		{SIZE_MAX, 0, SIZE_MAX, 1},
		{0, SIZE_MAX, SIZE_MAX, 1},
		{SIZE_MAX - 5, 5, SIZE_MAX, 1},
		{SIZE_MAX - 5, 6, 77, 0},
		{SIZE_MAX, 1, 77, 0},
		{SIZE_MAX, SIZE_MAX, 77, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t sum = 77;

		want_case(unit_label((long)i), cases[i].fits,
			checked_add(&sum, cases[i].a, cases[i].b));
		want_case(unit_label((long)i), cases[i].sum, sum);
	}
}

TEST(products_that_fit_are_stored_and_others_are_not)
{
	static const struct {
		size_t a, b, product;
		int fits;
	} cases[] = {
		{0, 0, 0, 1},
		{0, SIZE_MAX, 0, 1},
		{SIZE_MAX, 0, 0, 1},
		{SIZE_MAX, 1, SIZE_MAX, 1},
		{1, SIZE_MAX, SIZE_MAX, 1},
		{SIZE_MAX / 3, 3, SIZE_MAX / 3 * 3, 1},
		{SIZE_MAX / 2 + 1, 2, 77, 0},
		{SIZE_MAX, SIZE_MAX, 77, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t product = 77;

		want_case(unit_label((long)i), cases[i].fits,
			checked_mul(&product, cases[i].a, cases[i].b));
		want_case(unit_label((long)i), cases[i].product, product);
	}
}

static const struct {
	const char *text;
	slen digits;
	uint64_t value;
} sizes[] = {
	{"", 0, 0},
	{"x1", 0, 0},
	{"-1", 0, 0},
	{"0", 1, 0},
	{"007x", 3, 7},
	{"4294967295", 10, 4294967295},
	{"4294967296", 10, 4294967296},
	{"18446744073709551614", 20, UINT64_MAX - 1},
	{"18446744073709551615", 20, UINT64_MAX},
	{"18446744073709551616", 20, UINT64_MAX},
	{"184467440737095516150", 21, UINT64_MAX},
	{"99999999999999999999999999 5", 26, UINT64_MAX},
};

TEST(a_size_is_read_and_never_wraps)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t value = 5;

		want_case(sizes[i].text, sizes[i].digits,
			scan_size(sizes[i].text, &value));
		want_case(sizes[i].text, 1, value == sizes[i].value);
	}
}

TEST(a_number_in_a_control_file_never_wraps)
{
	static const struct {
		const char *text;
		int value;
	} cases[] = {
		{"2147483646\n", INT_MAX - 1},
		{"2147483647\n", INT_MAX},
		{"2147483648\n", INT_MAX},
		{"4294967295\n", INT_MAX},
		{"4294967297\n", INT_MAX},
		{"18446744073709551617\n", INT_MAX},
		{"99999999999999999999999999 5\n", INT_MAX},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int value = 7;

		scratch_enter();
		scratch_write("f", cases[i].text, strlen(cases[i].text));
		want_case(cases[i].text, 1, control_int(&value, "f"));
		want_case(cases[i].text, cases[i].value, value);
	}
}

TEST(a_control_file_gives_a_size)
{
	uint64_t value = 5;

	scratch_enter();
	want_num(0, control_size(&value, "missing"));
	scratch_file("words", "many\n");
	want_num(0, control_size(&value, "words"));
	scratch_file("empty", "");
	want_num(0, control_size(&value, "empty"));
	want_num(-1, control_size(&value, "."));
	want_num(5, value);
	scratch_file("size", "6000000000 bytes\n7\n");
	want_num(1, control_size(&value, "size"));
	want_num(6000000000, value);
}

TEST(the_ceiling_counts_what_is_held_and_not_what_is_released)
{
	char *a, *b;

	ceiling = 100000;
	for (int i = 0; i < 100; i++) {
		a = alloc_get(40000);
		b = alloc_get(10);
		b = alloc_grow(b, 40000);
		want_case(unit_label(i), 0, ceiling_admits(40000));
		alloc_release(a);
		want_case(unit_label(i), 1, ceiling_admits(40000));
		alloc_release(b);
	}
	ceiling = SIZE_MAX;
	want_num(1, ceiling_admits(SIZE_MAX));
}

static void told(void)
{
	if (write(2, "told ", 5) != 5)
		_exit(72);
}

static void pass_the_ceiling(void)
{
	struct stralloc sa = {0};

	alloc_failed = told;
	ceiling = 100000;
	for (;;)
		sa_cats(&sa, "0123456789");
}

static void pass_it_with_a_list(void)
{
	alloc_failed = told;
	ceiling = 100000;
	alloc_list(NULL, 1000, 200);
}

static void pass_all_numbers_with_a_list(void)
{
	alloc_failed = told;
	alloc_list(NULL, SIZE_MAX / 8, 16);
}

TEST(what_would_pass_the_ceiling_ends_the_process_after_alloc_failed)
{
	static void (*const jobs[])(void) = {pass_the_ceiling,
		pass_it_with_a_list, pass_all_numbers_with_a_list};

	for (size_t i = 0; i < COUNT(jobs); i++) {
		want_case(unit_label((long)i), 111 << 8, child_run(jobs[i]));
		want_sa("told ", &child_said);
	}
}

static void set_memorymax(const char *text)
{
	struct stralloc path = {0};

	sa_cats(&path, qmail_home);
	sa_cats(&path, "/control");
	mkdir(sa_cstr(&path), 0755);
	sa_cats(&path, "/memorymax");
	unlink(sa_cstr(&path));
	if (text)
		scratch_write(path.s, text, strlen(text));
	sa_free(&path);
}

TEST(memorymax_sets_the_ceiling_wherever_the_process_is)
{
	static const struct {
		const char *text;
		size_t ceiling;
	} cases[] = {
		{NULL, MEMORY_MAX_DEFAULT},
		{"4096\n", 4096},
		{"5000000000\n", 5000000000},
		{"0\n", SIZE_MAX},
		{"99999999999999999999\n", SIZE_MAX},
		{"none\n", MEMORY_MAX_DEFAULT},
	};

	scratch_enter();
	for (size_t i = 0; i < COUNT(cases); i++) {
		set_memorymax(cases[i].text);
		ceiling = SIZE_MAX;
		want_case(cases[i].text, 0, memory_limit());
		want_case(cases[i].text, 1, ceiling == cases[i].ceiling);
		ceiling = SIZE_MAX;
	}
	set_memorymax(NULL);
}
