/* SPDX-License-Identifier: 0BSD */
/* Records of any bytes from qmail-todo: what is entered has a number that stands in a
 * record, in the channels that it names; what is logged are whole lines of visible
 * characters and blanks; and at the end of file qmail-send is to stop.
 *
 * Input: what qmail-todo writes. */
#define _GNU_SOURCE
#include "queue-tree.h"

#include "queue/agenda.h"
#include "queue/send-log.h"
#include "queue/todo-line.h"
#include "queue/todo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 60000 }; /* fits into a pipe */

static const uint8_t *input;
static size_t input_size;
static int logged;

/* Is there a record with one of these letters and the number? */
static void check_entered(const char *letters, unsigned long id)
{
	char wanted[64];

	for (; *letters; letters++) {
		int n = snprintf(wanted, sizeof wanted, "D%c", *letters);

		for (size_t i = 0; i + 2 < input_size; i++) {
			char *end;

			if (memcmp(input + i, wanted, (size_t)n) != 0 ||
				(i && input[i - 1]) ||
				!memchr(input + i, 0, input_size - i) ||
				input[i + 2] < '0' || input[i + 2] > '9')
				continue;
			/* numbers that do not fit count modulo 2^64 */
			unsigned long value = 0;

			for (end = (char *)input + i + 2;
				*end >= '0' && *end <= '9'; end++)
				value = value * 10 + (unsigned long)(*end - '0');
			if (*end == '\0' && value == id)
				return;
		}
	}
	abort();
}

void agenda_add(enum channel channel, unsigned long id, time_t when)
{
	if (when > time(NULL))
		abort();
	check_entered(channel == CHANNEL_LOCAL ? "LB" : "RB", id);
}

void agenda_add_over(unsigned long id, time_t when)
{
	if (when > time(NULL))
		abort();
	check_entered("N", id);
}

static void check_line(const char *text, size_t n)
{
	if (n == 0 || text[n - 1] != '\n')
		abort();
	for (size_t i = 0; i + 1 < n; i++)
		if (text[i] < 32 || text[i] > 126)
			abort();
	logged++;
}

/* The same file, above those descriptors that have a meaning. */
static int lift(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 20);

	close(fd);
	if (high < 0)
		abort();
	return high;
}

/* A pipe with the data in it, and one whose other end is open, where qmail-send has
 * them. */
static void connect_line(int *theirs)
{
	int from[2];
	int to[2];

	if (pipe(from) < 0 || pipe(to) < 0 ||
		write(from[1], input, input_size) != (ssize_t)input_size)
		abort();
	close(from[1]);
	*theirs = lift(to[0]);
	from[0] = lift(from[0]);
	to[1] = lift(to[1]);
	if (dup2(from[0], SEND_FROM_TODO) < 0 || dup2(to[1], SEND_TO_TODO) < 0)
		abort();
	close(from[0]);
	close(to[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int theirs;

	if (size > INPUT_MAX)
		return 0;
	input = data;
	input_size = size;
	requests.stop = 0;
	log_divert(check_line);
	connect_line(&theirs);
	if (todo_line_open() == 0) {
		while (!todo_line_over()) {
			struct watch watch;
			time_t now = time(NULL);

			watch_begin(&watch, now);
			todo_line_watch(&watch);
			watch_sleep(&watch, now);
			todo_line_serve(&watch);
		}
		if (!requests.stop || !logged)
			abort();
	}
	close(theirs);
	return 0;
}
