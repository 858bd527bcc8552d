/* SPDX-License-Identifier: 0BSD */
/* lib/mail/date */
#include "lib/mail/date.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

static const struct {
	time_t when;
	const char *header, *mbox;
} cases[] = {
	{0, "1 Jan 1970 00:00:00 -0000", "Thu Jan 01 00:00:00 1970"},
	{-1, "31 Dec 1969 23:59:59 -0000", "Wed Dec 31 23:59:59 1969"},
	{59, "1 Jan 1970 00:00:59 -0000", "Thu Jan 01 00:00:59 1970"},
	{951782399, "28 Feb 2000 23:59:59 -0000", "Mon Feb 28 23:59:59 2000"},
	{951782400, "29 Feb 2000 00:00:00 -0000", "Tue Feb 29 00:00:00 2000"},
	{951868800, "1 Mar 2000 00:00:00 -0000", "Wed Mar 01 00:00:00 2000"},
	{1077969600, "28 Feb 2004 12:00:00 -0000", "Sat Feb 28 12:00:00 2004"},
	{1078056000, "29 Feb 2004 12:00:00 -0000", "Sun Feb 29 12:00:00 2004"},
	{1109635199, "28 Feb 2005 23:59:59 -0000", "Mon Feb 28 23:59:59 2005"},
	{1109635200, "1 Mar 2005 00:00:00 -0000", "Tue Mar 01 00:00:00 2005"},
	{1230767999, "31 Dec 2008 23:59:59 -0000", "Wed Dec 31 23:59:59 2008"},
	{2147483647, "19 Jan 2038 03:14:07 -0000", "Tue Jan 19 03:14:07 2038"},
	{2147483648, "19 Jan 2038 03:14:08 -0000", "Tue Jan 19 03:14:08 2038"},
	{4107542400, "1 Mar 2100 00:00:00 -0000", "Mon Mar 01 00:00:00 2100"},
	{4107542399, "28 Feb 2100 23:59:59 -0000", "Sun Feb 28 23:59:59 2100"},
	{253402300799, "31 Dec 9999 23:59:59 -0000",
		"Fri Dec 31 23:59:59 9999"},
	{253402300800, "1 Jan 10000 00:00:00 -0000",
		"Sat Jan 01 00:00:00 10000"},
	{-62135596800, "1 Jan 1 00:00:00 -0000", "Mon Jan 01 00:00:00 1"},
};

TEST(moments_read_as_calendars_have_them)
{
	struct stralloc out = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		sa_clear(&out);
		date_header(&out, cases[i].when);
		want_case_str(cases[i].header, cases[i].header, sa_cstr(&out));
		sa_clear(&out);
		date_mbox(&out, cases[i].when);
		want_case_str(cases[i].mbox, cases[i].mbox, sa_cstr(&out));
	}
	sa_free(&out);
}

TEST(every_month_has_its_name)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct stralloc out = {0};
	char expected[40];

	for (int month = 0; month < 12; month++) {
		/* the 15th, as 2021 has it: every month a little later */
		static const int day[] = {14, 45, 73, 104, 134, 165, 195, 226,
			257, 287, 318, 348};

		sa_clear(&out);
		date_header(&out, 1609459200 + day[month] * 86400L);
		snprintf(expected, sizeof expected, "15 %s 2021 00:00:00 -0000",
			names[month]);
		want_case_str(names[month], expected, sa_cstr(&out));
	}
	sa_free(&out);
}

TEST(dates_are_appended)
{
	struct stralloc out = {0};

	sa_copys(&out, "Date: ");
	date_header(&out, 0);
	want_sa("Date: 1 Jan 1970 00:00:00 -0000", &out);
	sa_free(&out);
}

TEST(the_zone_of_the_process_does_not_matter)
{
	struct stralloc out = {0};

	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	date_header(&out, 0);
	date_mbox(&out, 0);
	unsetenv("TZ");
	tzset();
	want_sa("1 Jan 1970 00:00:00 -0000Thu Jan 01 00:00:00 1970", &out);
	sa_free(&out);
}

TEST(zones_move_the_clock_and_tell_by_how_much)
{
	static const struct {
		long east;
		const char *text;
	} zones[] = {
		{0, "1 Mar 2004 00:00:00 +0000"},
		{60, "1 Mar 2004 01:00:00 +0100"},
		{-1, "29 Feb 2004 23:59:00 -0001"},
		{-300, "29 Feb 2004 19:00:00 -0500"},
		{330, "1 Mar 2004 05:30:00 +0530"},
		{-210, "29 Feb 2004 20:30:00 -0330"},
		{840, "1 Mar 2004 14:00:00 +1400"},
		{-1439, "29 Feb 2004 00:01:00 -2359"},
	};
	struct stralloc out = {0};

	for (size_t i = 0; i < COUNT(zones); i++) {
		sa_clear(&out);
		date_zoned(&out, 1078099200, zones[i].east);
		want_case_str(zones[i].text, zones[i].text, sa_cstr(&out));
	}
	sa_free(&out);
}

TEST(a_moment_beyond_every_calendar_is_the_first_one)
{
	struct stralloc out = {0};

	date_header(&out, (time_t)INT64_MAX);
	want_sa("1 Jan 1970 00:00:00 -0000", &out);
	sa_clear(&out);
	date_mbox(&out, (time_t)INT64_MIN);
	want_sa("Thu Jan 01 00:00:00 1970", &out);
	sa_free(&out);
}
