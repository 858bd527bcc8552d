/* SPDX-License-Identifier: 0BSD */
/* The log of qmail-send. */
#include "queue/send-log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/str/stralloc.h"

enum { LOG_FD = 0 };

/* Seconds from one attempt to get memory to the next. */
enum { MEMORY_PAUSE = 10 };

static struct stralloc line;

static void write_log(const char *from, size_t n)
{
	struct pollfd ready = {.fd = LOG_FD, .events = POLLOUT};

	while (n) {
		ssize_t put = fd_write(LOG_FD, from, n);

		if (put >= 0) {
			from += put;
			n -= (size_t)put;
		} else if (errno == EAGAIN) {
			/* the caller of qmail-start made it non-blocking */
			poll(&ready, 1, -1);
		} else {
			return;
		}
	}
}

void log_text(const char *text)
{
	sa_cats(&line, text);
}

void log_number(unsigned long number)
{
	sa_catnum(&line, number);
}

void log_safe(const char *text, slen n)
{
	for (slen i = 0; i < n; ++i) {
		char c = text[i];

		if (c == '\n')
			c = '/';
		else if (c <= 32 || c >= 127 || c == '%')
			c = '_';
		sa_catc(&line, c);
	}
}

void log_end(void)
{
	sa_catc(&line, '\n');
	write_log(line.s, line.len);
	sa_clear(&line);
}

void log_line(const char *first, ...)
{
	va_list rest;

	va_start(rest, first);
	for (const char *s = first; s; s = va_arg(rest, const char *))
		log_text(s);
	va_end(rest);
	log_end();
}

void log_no_memory(void)
{
	static const char text[] = "alert: memory is short, waiting\n";

	write_log(text, sizeof text - 1);
	sleep(MEMORY_PAUSE);
}
