/* SPDX-License-Identifier: 0BSD */
/* Commands under a limit of their length, cut into any pieces: a line that fits comes
 * as it is, one that does not comes empty and is told, and what follows it begins
 * behind its LF. No more than the limit is ever kept.
 *
 * Input: a byte for the limit, a byte for the size of the pieces, what the client
 * sends. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/chat.h"
#include "memory-input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t step;

static ssize_t read_step(int fd, void *to, size_t n)
{
	return memory_read(fd, to, n < step ? n : step);
}

static ssize_t drop(int fd, const void *from, size_t n)
{
	(void)fd;
	(void)from;
	return (ssize_t)n;
}

static void check(int good)
{
	if (!good)
		abort();
}

/* The verb and the argument are those of the n bytes before the LF. */
static void check_line(
	const char *verb, const char *arg, const uint8_t *line, size_t n)
{
	const uint8_t *nul;
	size_t verb_len;

	if (n && line[n - 1] == '\r')
		n--;
	nul = n ? memchr(line, '\0', n) : NULL;
	if (nul)
		n = (size_t)(nul - line);
	verb_len = strlen(verb);
	check(verb_len <= n && memcmp(verb, line, verb_len) == 0);
	check(verb_len == n || line[verb_len] == ' ');
	n -= verb_len;
	line += verb_len;
	while (n && *line == ' ') {
		line++;
		n--;
	}
	check(strlen(arg) == n && memcmp(arg, line, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chat chat;
	const uint8_t *at = data + 2;
	char *verb;
	char *arg;

	if (size < 2)
		return 0;
	chat_init(&chat, -1, -1, 60);
	chat.in.op = read_step;
	chat.out.op = drop;
	chat.limits.line = data[0];
	step = data[1] ? data[1] : 1;
	size -= 2;
	memory_set(at, size);
	while (chat_command(&chat, &verb, &arg) == 1) {
		const uint8_t *lf = memchr(at, '\n', size);
		size_t n;

		check(lf != NULL);
		n = (size_t)(lf - at);
		check(chat.limits.over == (data[0] && n + 1 > data[0]));
		if (chat.limits.over)
			check(!*verb && !*arg);
		else
			check_line(verb, arg, at, n);
		check(!data[0] || chat.line.cap < 2 * data[0] + 64u);
		size -= n + 1;
		at = lf + 1;
	}
	check(!size || !memchr(at, '\n', size));
	sa_free(&chat.line);
	return 0;
}
