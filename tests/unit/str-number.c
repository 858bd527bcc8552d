/* SPDX-License-Identifier: 0BSD */
/* lib/str/fmt and lib/str/scan */
#include <limits.h>
#include <stdio.h>

#include "lib/str/fmt.h"
#include "lib/str/scan.h"
#include "harness.h"

TEST(numbers_are_written_in_decimal)
{
	static const unsigned long numbers[] = {0, 1, 9, 10, 11, 99, 100, 101,
		4294967295UL, 1000000000UL, ULONG_MAX, ULONG_MAX - 1};
	char out[FMT_ULONG], expected[FMT_ULONG];

	for (size_t i = 0; i < COUNT(numbers); i++) {
		slen n = fmt_ulong(out, numbers[i]);

		snprintf(expected, sizeof expected, "%lu", numbers[i]);
		want_bytes(expected, expected, strlen(expected), out, n);
	}
}

TEST(no_nul_and_nothing_else_is_written_behind)
{
	char out[FMT_ULONG];

	memset(out, '#', sizeof out);
	want_num(2, fmt_ulong(out, 42));
	want_num('#', out[2]);
}

TEST(padding_fills_with_zeros_and_never_cuts)
{
	char out[FMT_ULONG];

	want_text("07", out, fmt_padded(out, 7, 2));
	want_text("00", out, fmt_padded(out, 0, 2));
	want_text("123", out, fmt_padded(out, 123, 2));
	want_text("0", out, fmt_padded(out, 0, 0));
	want_text(
		"000000000000000000000001", out, fmt_padded(out, 1, FMT_ULONG));
	want_num(FMT_ULONG, fmt_padded(out, 1, FMT_ULONG + 5));
}

TEST(scanning_takes_the_digits_and_stops)
{
	unsigned long value = 7;

	want_num(3, scan_ulong("123abc", &value));
	want_num(123, value);
	want_num(4, scan_ulong("0012", &value));
	want_num(12, value);
	want_num(1, scan_ulong("9", &value));
	want_num(9, value);
}

TEST(without_digits_the_value_is_zero)
{
	static const char *const texts[] = {
		"", "x1", "-1", "+1", " 1", "/", ":"};
	unsigned long value;

	for (size_t i = 0; i < COUNT(texts); i++) {
		value = 7;
		want_case(texts[i], 0, scan_ulong(texts[i], &value));
		want_case(texts[i], 0, value);
	}
}

TEST(scanning_stays_within_the_length)
{
	unsigned long value;

	want_num(2, scan_ulongb("1234", 2, &value));
	want_num(12, value);
	want_num(0, scan_ulongb("1234", 0, &value));
	want_num(0, value);
	want_num(1,
		scan_ulongb("1\0"
			    "2",
			3, &value));
}

TEST(a_number_too_great_wraps)
{
	unsigned long value;

	want_num(20, scan_ulong("18446744073709551615", &value));
	assert_true(sizeof value != 8 || value == ULONG_MAX);
	want_num(20, scan_ulong("18446744073709551617", &value));
	assert_true(sizeof value != 8 || value == 1);
}
