/* SPDX-License-Identifier: 0BSD */
/* Buffered output that remembers its first failure. */
#include "lib/io/outbuf.h"

#include <errno.h>
#include <string.h>

#include "lib/str/fmt.h"

void outbuf_init(
	struct outbuf *out, outbuf_op *op, int fd, char *mem, size_t size)
{
	*out = (struct outbuf){.op = op, .fd = fd, .mem = mem, .size = size};
}

static void write_all(struct outbuf *out, const char *from, size_t n)
{
	while (n && !out->failed) {
		ssize_t put = out->op(out->fd, from, n);

		if (put > 0) {
			from += put;
			n -= (size_t)put;
		} else {
			/* nothing taken and no reason told: no endless loop */
			out->failed = put < 0 ? errno : EIO;
		}
	}
}

int outbuf_flush(struct outbuf *out)
{
	write_all(out, out->mem, out->used);
	out->used = 0;
	if (!out->failed)
		return 0;
	errno = out->failed;
	return -1;
}

void outbuf_put(struct outbuf *out, const void *from, size_t n)
{
	if (n > out->size - out->used)
		outbuf_flush(out);
	if (n > out->size) {
		write_all(out, from, n);
		return;
	}
	if (n)
		memcpy(out->mem + out->used, from, n);
	out->used += n;
}

void outbuf_puts(struct outbuf *out, const char *text)
{
	outbuf_put(out, text, strlen(text));
}

void outbuf_putsa(struct outbuf *out, const struct stralloc *sa)
{
	outbuf_put(out, sa->s, sa->len);
}

void outbuf_putc(struct outbuf *out, char c)
{
	outbuf_put(out, &c, 1);
}

void outbuf_putnum(struct outbuf *out, unsigned long number)
{
	char digits[FMT_ULONG];

	outbuf_put(out, digits, fmt_ulong(digits, number));
}
