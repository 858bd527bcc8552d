/* SPDX-License-Identifier: 0BSD */
/* A conversation with a client over the network. */
#include "lib/io/chat.h"

#include <string.h>

#include "lib/io/timeout.h"

static long patience; /* seconds */

static ssize_t read_soon(int fd, void *to, size_t n)
{
	return timeout_read(patience, fd, to, n);
}

static ssize_t write_soon(int fd, const void *from, size_t n)
{
	return timeout_write(patience, fd, from, n);
}

void chat_init(struct chat *chat, int in, int out, long seconds)
{
	patience = seconds;
	inbuf_init(&chat->in, read_soon, in, chat->inmem, sizeof chat->inmem);
	outbuf_init(
		&chat->out, write_soon, out, chat->outmem, sizeof chat->outmem);
	chat->line = (struct stralloc){0};
}

ssize_t chat_fill(struct chat *chat)
{
	if (!inbuf_ready(&chat->in) && outbuf_flush(&chat->out) < 0)
		return -1;
	return inbuf_fill(&chat->in);
}

/* Replaces line with the next one, its LF included. */
static int read_line(struct chat *chat)
{
	ssize_t have;

	sa_clear(&chat->line);
	while ((have = chat_fill(chat)) > 0)
		if (inbuf_take(&chat->in, &chat->line, '\n'))
			return 1;
	return (int)have;
}

int chat_command(struct chat *chat, char **verb, char **arg)
{
	struct stralloc *line = &chat->line;
	int got = read_line(chat);

	if (got <= 0)
		return got;
	line->len--;
	if (line->len && line->s[line->len - 1] == '\r')
		line->len--;
	*verb = sa_cstr(line);
	*arg = *verb + strcspn(*verb, " ");
	while (**arg == ' ')
		*(*arg)++ = '\0';
	return 1;
}
