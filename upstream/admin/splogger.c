/* SPDX-License-Identifier: 0BSD */
/* splogger: hands the lines of its input to syslog, each with a time stamp. */
#include <sys/time.h>
#include <syslog.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/mail/exits.h"
#include "lib/str/byte.h"
#include "lib/str/fmt.h"
#include "lib/str/scan.h"
#include "lib/str/stralloc.h"

/* A longer line is logged in pieces of this size. */
enum { PIECE = 799, MICRO_DIGITS = 6 };

/* A line on its way to the log. */
struct line {
	char piece[PIECE + 1];
	slen used;
	int further; /* pieces of it are logged already */
	int priority;
	char stamp[2 * FMT_ULONG];
};

static void stamp_make(char *stamp)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	stamp += fmt_ulong(stamp, (unsigned long)now.tv_sec);
	*stamp++ = '.';
	stamp += fmt_padded(stamp, (unsigned long)now.tv_usec, MICRO_DIGITS);
	*stamp = '\0';
}

static int priority_of(const char *text)
{
	if (str_starts(text, "alert:"))
		return LOG_ALERT;
	return str_starts(text, "warning:") ? LOG_WARNING : LOG_INFO;
}

static void line_log(struct line *line)
{
	if (line->used == 0)
		return;
	line->piece[line->used] = '\0';
	line->used = 0;
	if (line->further) {
		syslog(line->priority, "%s+%s", line->stamp, line->piece);
		return;
	}
	stamp_make(line->stamp);
	line->priority = priority_of(line->piece);
	syslog(line->priority, "%s %s", line->stamp, line->piece);
}

static void line_add(struct line *line, char c)
{
	if (c == '\n') {
		line_log(line);
		line->further = 0;
		return;
	}
	if (line->used == PIECE) {
		line_log(line);
		line->further = 1;
	}
	line->piece[line->used++] = c < ' ' || c > '~' ? '?' : c;
}

int main(int argc, char **argv)
{
	static struct line line;
	unsigned long facility;
	struct inbuf in;
	char mem[4096];
	char c;
	int got;

	if (argc > 2) {
		scan_ulong(argv[2], &facility);
		openlog(argv[1], 0, (int)(facility << 3));
	} else {
		openlog(argc > 1 ? argv[1] : "splogger", 0, LOG_MAIL);
	}
	inbuf_init(&in, fd_read, 0, mem, sizeof mem);
	while ((got = inbuf_byte(&in, &c)) == 1)
		line_add(&line, c);
	return got < 0 ? EXIT_TEMP : 0;
}
