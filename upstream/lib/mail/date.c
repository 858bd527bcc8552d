/* SPDX-License-Identifier: 0BSD */
/* Dates as text, all in UTC. */
#include "lib/mail/date.h"

#include "lib/str/fmt.h"

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char days[7][4] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

static void split(struct tm *tm, time_t when)
{
	time_t epoch = 0;

	if (!gmtime_r(&when, tm))
		gmtime_r(&epoch, tm);
}

static void two_digits(struct stralloc *out, int number)
{
	char digits[FMT_ULONG];

	sa_catb(out, digits, fmt_padded(digits, (unsigned long)number, 2));
}

static void clock_time(struct stralloc *out, const struct tm *tm)
{
	two_digits(out, tm->tm_hour);
	sa_catc(out, ':');
	two_digits(out, tm->tm_min);
	sa_catc(out, ':');
	two_digits(out, tm->tm_sec);
}

static void day_and_time(struct stralloc *out, const struct tm *tm)
{
	sa_catnum(out, (unsigned long)tm->tm_mday);
	sa_catc(out, ' ');
	sa_cats(out, months[tm->tm_mon]);
	sa_catc(out, ' ');
	sa_catnum(out, (unsigned long)tm->tm_year + 1900);
	sa_catc(out, ' ');
	clock_time(out, tm);
}

void date_header(struct stralloc *out, time_t when)
{
	struct tm tm;

	split(&tm, when);
	day_and_time(out, &tm);
	sa_cats(out, " -0000");
}

void date_mbox(struct stralloc *out, time_t when)
{
	struct tm tm;

	split(&tm, when);
	sa_cats(out, days[tm.tm_wday]);
	sa_catc(out, ' ');
	sa_cats(out, months[tm.tm_mon]);
	sa_catc(out, ' ');
	two_digits(out, tm.tm_mday);
	sa_catc(out, ' ');
	clock_time(out, &tm);
	sa_catc(out, ' ');
	sa_catnum(out, (unsigned long)tm.tm_year + 1900);
}

void date_zoned(struct stralloc *out, time_t when, long minutes_east)
{
	struct tm tm;
	long minutes = minutes_east < 0 ? -minutes_east : minutes_east;

	split(&tm, when + minutes_east * 60);
	day_and_time(out, &tm);
	sa_cats(out, minutes_east < 0 ? " -" : " +");
	two_digits(out, (int)(minutes / 60));
	two_digits(out, (int)(minutes % 60));
}
