/* SPDX-License-Identifier: 0BSD */
/* Buffered input. */
#include "lib/io/inbuf.h"

#include <string.h>

void inbuf_init(struct inbuf *in, inbuf_op *op, int fd, char *mem, size_t size)
{
	*in = (struct inbuf){.op = op, .fd = fd, .mem = mem, .size = size};
}

int inbuf_ready(const struct inbuf *in)
{
	return in->at < in->end;
}

ssize_t inbuf_fill(struct inbuf *in)
{
	ssize_t got;

	if (!inbuf_ready(in)) {
		got = in->op(in->fd, in->mem, in->size);
		if (got <= 0)
			return got;
		in->at = 0;
		in->end = (size_t)got;
	}
	return (ssize_t)(in->end - in->at);
}

int inbuf_byte(struct inbuf *in, char *c)
{
	ssize_t have = inbuf_fill(in);

	*c = '\0';
	if (have <= 0)
		return have < 0 ? -1 : 0;
	*c = in->mem[in->at++];
	return 1;
}

int inbuf_take(struct inbuf *in, struct stralloc *line, char end)
{
	const char *start = in->mem + in->at;
	size_t n = in->end - in->at;
	const char *hit = n ? memchr(start, end, n) : NULL;

	if (hit)
		n = (size_t)(hit - start) + 1;
	sa_catb(line, start, (slen)n);
	in->at += n;
	return hit != NULL;
}

int inbuf_line(struct inbuf *in, struct stralloc *line, char end)
{
	ssize_t have;

	sa_clear(line);
	while ((have = inbuf_fill(in)) > 0)
		if (inbuf_take(in, line, end))
			return 1;
	return (int)have;
}
