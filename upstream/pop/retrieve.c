/* SPDX-License-Identifier: 0BSD */
/* Sending a message file to a POP3 client. */
#include "pop/retrieve.h"

#include <errno.h>
#include <string.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"

struct progress {
	int in_header;
	int at_start; /* of a line */
	int counted;
	unsigned long lines; /* of the body that may follow */
};

/* Begins a line whose first byte is c. Returns 0 if it shall not be sent. */
static int begin_line(struct progress *now, struct outbuf *out, char c)
{
	if (!now->in_header && now->counted && now->lines-- == 0)
		return 0;
	if (c == '\n')
		now->in_header = 0;
	if (c == '.')
		outbuf_putc(out, '.');
	return 1;
}

/* Puts what is buffered of one line. Returns 0 when enough has been sent. */
static int put_run(struct progress *now, struct outbuf *out, struct inbuf *in)
{
	const char *from = in->mem + in->at;
	size_t have = in->end - in->at;
	const char *lf = memchr(from, '\n', have);
	size_t n = lf ? (size_t)(lf - from) : have;

	if (now->at_start && !begin_line(now, out, *from))
		return 0;
	outbuf_put(out, from, n);
	if (lf)
		outbuf_puts(out, "\r\n");
	now->at_start = lf != NULL;
	in->at += n + (lf != NULL);
	return 1;
}

int pop_retrieve(struct outbuf *out, int fd, int counted, unsigned long lines)
{
	struct progress now = {
		.in_header = 1,
		.at_start = 1,
		.counted = counted,
		.lines = lines,
	};
	struct inbuf in;
	char mem[8192];
	ssize_t have;

	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	while ((have = inbuf_fill(&in)) > 0) {
		if (!put_run(&now, out, &in))
			break;
		if (out->failed) {
			/* the client is gone: what follows nobody will read */
			errno = out->failed;
			have = -1;
			break;
		}
	}
	if (have < 0)
		return -1;
	if (!now.at_start)
		outbuf_puts(out, "\r\n");
	outbuf_puts(out, "\r\n.\r\n");
	return 0;
}
