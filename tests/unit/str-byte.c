/* SPDX-License-Identifier: 0BSD */
/* lib/str/byte */
#include "lib/str/byte.h"

#include "harness.h"

TEST(finding_in_no_bytes_gives_the_length_zero)
{
	want_num(0, byte_find(NULL, 0, 'a'));
	want_num(0, byte_rfind(NULL, 0, 'a'));
	want_num(0, str_find("", 'a'));
	want_num(0, str_rfind("", 'a'));
}

TEST(find_gives_the_first_and_rfind_the_last_place)
{
	want_num(1, byte_find("xaxax", 5, 'a'));
	want_num(3, byte_rfind("xaxax", 5, 'a'));
	want_num(1, str_find("xaxax", 'a'));
	want_num(3, str_rfind("xaxax", 'a'));
	want_num(0, byte_find("a", 1, 'a'));
	want_num(0, byte_rfind("ax", 2, 'a'));
}

TEST(a_missing_byte_gives_the_length)
{
	want_num(3, byte_find("xyz", 3, 'a'));
	want_num(3, byte_rfind("xyz", 3, 'a'));
	want_num(3, str_find("xyz", 'a'));
	want_num(3, str_rfind("xyz", 'a'));
}

TEST(bytes_behind_the_length_are_not_looked_at)
{
	want_num(2, byte_find("xya", 2, 'a'));
	want_num(2, byte_rfind("xya", 2, 'a'));
}

TEST(nul_and_high_bytes_are_bytes_like_others)
{
	want_num(1, byte_find("a\0b\0c", 5, '\0'));
	want_num(3, byte_rfind("a\0b\0c", 5, '\0'));
	want_num(1, byte_find("a\xff", 2, '\xff'));
	want_num(2, str_find("ab", '\0'));
}

TEST(byte_is_wants_all_of_the_text)
{
	want_num(1, byte_is("list", 4, "list"));
	want_num(0, byte_is("list", 3, "list"));
	want_num(0, byte_is("lists", 5, "list"));
	want_num(0, byte_is("lisT", 4, "list"));
	want_num(1, byte_is(NULL, 0, ""));
	want_num(0, byte_is("\0", 1, ""));
}

TEST(str_starts_counts_case_and_length)
{
	want_num(1, str_starts("foop/1", "foop/"));
	want_num(1, str_starts("foop/", "foop/"));
	want_num(0, str_starts("foop", "foop/"));
	want_num(0, str_starts("Foop/", "foop/"));
	want_num(1, str_starts("", ""));
	want_num(1, str_starts("x", ""));
}
