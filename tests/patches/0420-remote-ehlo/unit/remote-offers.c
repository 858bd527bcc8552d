/* SPDX-License-Identifier: 0BSD */
/* remote/offers */
#include "remote/offers.h"

#include "harness.h"

static int offers(
	const char *reply, const char *keyword, const char *parameters)
{
	struct stralloc text = {0};
	struct stralloc rest = {0};
	int found;

	sa_copys(&text, reply);
	sa_copys(&rest, "as before");
	found = remote_offers(&text, keyword, &rest);
	want_num(found, remote_offers(&text, keyword, NULL));
	want_str(parameters, sa_cstr(&rest));
	sa_free(&text);
	sa_free(&rest);
	return found;
}

#define NO "as before"

TEST(a_keyword_is_a_line_s_first_word_in_any_case)
{
	want_num(1, offers("250-mx\n250 STARTTLS\n", "STARTTLS", ""));
	want_num(1, offers("250-mx\n250-StartTls\n250 X\n", "STARTTLS", ""));
	want_num(1, offers("250-mx\n250-SIZE 10 x\n250 X\n", "SIZE", "10 x"));
	want_num(1, offers("250-mx\n250-SIZE \n250 X\n", "SIZE", ""));
	want_num(0, offers("250-mx\n250 STARTTLSX\n", "STARTTLS", NO));
	want_num(0, offers("250-mx\n250 STARTTL\n", "STARTTLS", NO));
	want_num(0, offers("250-mx\n250 X STARTTLS\n", "STARTTLS", NO));
	want_num(0, offers("250-mx\n250  STARTTLS\n", "STARTTLS", NO));
	want_num(0, offers("250-mx\n250 STARTTLS\t\n", "STARTTLS", NO));
}

TEST(the_greeting_line_offers_nothing)
{
	want_num(0, offers("250 STARTTLS\n", "STARTTLS", NO));
	want_num(0, offers("250-STARTTLS\n250 mx\n", "STARTTLS", NO));
	want_num(0, offers("", "STARTTLS", NO));
}

TEST(a_line_that_is_cut_or_has_another_code_counts_for_nothing)
{
	want_num(0, offers("250-mx\n250 STARTTLS", "STARTTLS", NO));
	want_num(0, offers("250-mx\n500-STARTTLS\n250 X\n", "STARTTLS", NO));
	want_num(0, offers("250-mx\n250+STARTTLS\n250 X\n", "STARTTLS", NO));
	want_num(0, offers("250-mx\n25\n\n250\n250-\n250 X\n", "STARTTLS", NO));
}

TEST(the_first_line_of_several_counts)
{
	want_num(1, offers("250-mx\n250-SIZE 1\n250 SIZE 2\n", "SIZE", "1"));
}
