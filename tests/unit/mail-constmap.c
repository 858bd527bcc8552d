/* SPDX-License-Identifier: 0BSD */
/* lib/mail/constmap */
#include "lib/mail/constmap.h"

#include <stdio.h>

#include "harness.h"

static struct constmap map;

#define fill(literal, kind) fill_bytes(literal, sizeof(literal) - 1, kind)
static void fill_bytes(const char *lines, size_t n, enum constmap_kind kind)
{
	struct stralloc list = {0};

	sa_copyb(&list, lines, (slen)n);
	constmap_make(&map, &list, kind);
	sa_free(&list); /* the table has its own copy */
}

static const char *find(const char *key)
{
	return constmap_find(&map, key, (slen)strlen(key));
}

TEST(a_zeroed_table_is_empty)
{
	struct constmap empty = {0};

	assert_null(constmap_find(&empty, "x", 1));
	assert_null(constmap_find(&empty, "", 0));
	constmap_free(&empty);
}

TEST(an_empty_list_makes_an_empty_table)
{
	fill("", CONSTMAP_KEYS);
	assert_null(find("x"));
	assert_null(find(""));
	constmap_free(&map);
}

TEST(whole_lines_are_keys)
{
	fill("one\0two:2\0", CONSTMAP_KEYS);
	want_str("", find("one"));
	want_str("", find("two:2"));
	assert_null(find("two"));
	assert_null(find("on"));
	assert_null(find("onee"));
	assert_null(find(""));
	constmap_free(&map);
}

TEST(pairs_split_at_the_first_colon)
{
	fill("a:b:c\0:default\0nothing\0e:\0", CONSTMAP_PAIRS);
	want_str("b:c", find("a"));
	want_str("default", find(""));
	want_str("", find("e"));
	assert_null(find("nothing"));
	assert_null(find("a:b"));
	constmap_free(&map);
}

TEST(of_equal_keys_the_last_line_wins)
{
	fill("a:1\0b:x\0A:2\0", CONSTMAP_PAIRS);
	want_str("2", find("a"));
	want_str("2", find("A"));
	want_str("x", find("b"));
	constmap_free(&map);
}

TEST(case_does_not_matter_in_keys_and_stays_in_values)
{
	fill("Host.Example:Value\0", CONSTMAP_PAIRS);
	want_str("Value", find("hOST.eXAMPLE"));
	assert_null(find("host.examplE "));
	fill("\xc4\0", CONSTMAP_KEYS);
	assert_null(find("\xe4"));
	constmap_free(&map);
}

TEST(a_key_with_a_nul_is_never_found)
{
	fill("one\0two\0", CONSTMAP_KEYS);
	assert_null(constmap_find(&map, "one\0two", 7));
	assert_null(constmap_find(&map, "one\0", 4));
	constmap_free(&map);
}

TEST(ten_thousand_keys_are_all_found)
{
	struct stralloc list = {0};
	char key[40];

	for (int i = 0; i < 10000; i++) {
		sa_cats(&list, "host-");
		sa_catnum(&list, (unsigned long)i);
		sa_cats(&list, ".example:");
		sa_catnum(&list, (unsigned long)i * 7);
		sa_0(&list);
	}
	constmap_make(&map, &list, CONSTMAP_PAIRS);
	sa_free(&list);
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof key, "HOST-%d.example", i);
		want_case_str(key, unit_label(i * 7L), find(key));
	}
	assert_null(find("host-10000.example"));
	constmap_free(&map);
}

TEST(making_again_forgets_what_was_there)
{
	fill("one\0", CONSTMAP_KEYS);
	fill("two\0", CONSTMAP_KEYS);
	assert_null(find("one"));
	want_str("", find("two"));
	constmap_free(&map);
	assert_null(find("two"));
	constmap_free(&map);
}
