/* SPDX-License-Identifier: 0BSD */
/* lib/str/case */
#include "lib/str/case.h"

#include <locale.h>

#include "harness.h"

TEST(only_the_letters_a_to_z_fold)
{
	const char *label;

	setlocale(LC_ALL, "");
	for (int c = 0; c < 256; c++) {
		char expected = (char)(c >= 65 && c <= 90 ? c + 32 : c);

		label = unit_label((long)c);
		want_case(label, expected, case_fold((char)c));
	}
}

TEST(lowering_stays_within_the_length)
{
	char s[] = "AbC\0DeF\xc4Z";

	case_lowerb(s, 8);
	want_text("abc\0def\xc4Z", s, sizeof s - 1);
	case_lowerb(s, 0);
	case_lowerb(NULL, 0);
}

TEST(lowering_a_c_string_ends_at_its_nul)
{
	char s[] = "ABC\0DEF";

	case_lower(s);
	want_text("abc\0DEF", s, 7);
}

TEST(same_ignores_case_and_counts_length)
{
	want_num(1, case_same("aBc", 3, "AbC", 3));
	want_num(0, case_same("abc", 3, "abcd", 4));
	want_num(0, case_same("abd", 3, "abc", 3));
	want_num(0, case_same("xbc", 3, "abc", 3));
	want_num(1, case_same(NULL, 0, NULL, 0));
	want_num(1, case_same("a\0B", 3, "A\0b", 3));
	want_num(0, case_same("a\0b", 3, "a\0c", 3));
}

TEST(neighbours_of_the_letters_differ_from_each_other)
{
	want_num(0, case_same("@", 1, "`", 1));
	want_num(0, case_same("[", 1, "{", 1));
	want_num(0, case_same("\xc4", 1, "\xe4", 1));
}

TEST(eqs_compares_whole_c_strings)
{
	want_num(1, case_eqs("", ""));
	want_num(1, case_eqs("Default", "dEFAULT"));
	want_num(0, case_eqs("default", "defaul"));
	want_num(0, case_eqs("", "a"));
}

TEST(starts_needs_the_whole_prefix_within_the_length)
{
	want_num(1, case_starts("Received:", 9, "received"));
	want_num(1, case_starts("received", 8, "received"));
	want_num(0, case_starts("received", 7, "received"));
	want_num(1, case_starts("x", 1, ""));
	want_num(1, case_starts(NULL, 0, ""));
	want_num(0, case_starts("", 0, "a"));
	want_num(0, case_starts("Xreceived", 9, "received"));
}
