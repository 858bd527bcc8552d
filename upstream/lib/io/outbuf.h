/* SPDX-License-Identifier: 0BSD */
/* Buffered output that remembers its first failure.
 *
 * After a failure every further byte is dropped, so a writer may put all it has
 * and look once, at the end: outbuf_flush() says whether everything went out.
 */
#ifndef IO_OUTBUF_H
#define IO_OUTBUF_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/str/stralloc.h"

/* How bytes are written: like write(2). */
typedef ssize_t outbuf_op(int fd, const void *from, size_t n);

struct outbuf {
	outbuf_op *op;
	int fd;
	char *mem;
	size_t size;
	size_t used;
	int failed; /* errno of the first failure; 0: none */
};

/* Writes to fd through op (fd_write, unless a timeout is wanted) with size
 * bytes of the caller's memory at mem. */
void outbuf_init(
	struct outbuf *out, outbuf_op *op, int fd, char *mem, size_t size);

/* Put: n bytes; a C string; a string; one byte; a decimal number. */
void outbuf_put(struct outbuf *out, const void *from, size_t n);
void outbuf_puts(struct outbuf *out, const char *text);
void outbuf_putsa(struct outbuf *out, const struct stralloc *sa);
void outbuf_putc(struct outbuf *out, char c);
void outbuf_putnum(struct outbuf *out, unsigned long number);

/* Writes what is buffered. Returns 0 if everything put so far went out; else -1
 * with the first failure's errno. */
int outbuf_flush(struct outbuf *out);

#endif
