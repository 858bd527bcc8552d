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

ssize_t inbuf_some(struct inbuf *in, void *to, size_t n)
{
	ssize_t have = inbuf_fill(in);

	if (have <= 0)
		return have;
	if ((size_t)have < n)
		n = (size_t)have;
	memcpy(to, in->mem + in->at, n);
	in->at += n;
	return (ssize_t)n;
}

int inbuf_byte(struct inbuf *in, char *c)
{
	return (int)inbuf_some(in, c, 1);
}

int inbuf_more(struct inbuf *in, struct stralloc *line, char end)
{
	for (;;) {
		ssize_t have = inbuf_fill(in);
		const char *start = in->mem + in->at;
		const char *hit;
		size_t n;

		if (have <= 0)
			return (int)have;
		hit = memchr(start, end, (size_t)have);
		n = hit ? (size_t)(hit - start) + 1 : (size_t)have;
		sa_catb(line, start, (slen)n);
		in->at += n;
		if (hit)
			return 1;
	}
}

int inbuf_line(struct inbuf *in, struct stralloc *line, char end)
{
	sa_clear(line);
	return inbuf_more(in, line, end);
}
