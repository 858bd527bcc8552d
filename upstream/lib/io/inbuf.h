/* SPDX-License-Identifier: 0BSD */
/* Buffered input. */
#ifndef IO_INBUF_H
#define IO_INBUF_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/str/stralloc.h"

/* How bytes are fetched: like read(2). */
typedef ssize_t inbuf_op(int fd, void *to, size_t n);

struct inbuf {
	inbuf_op *op;
	int fd;
	char *mem;
	size_t size;
	size_t at;  /* next byte to hand out */
	size_t end; /* behind the last byte fetched */
};

/* Reads from fd through op (fd_read, unless a timeout is wanted) with size
 * bytes of the caller's memory at mem. */
void inbuf_init(struct inbuf *in, inbuf_op *op, int fd, char *mem, size_t size);

/* Fetches bytes if none are buffered. Returns how many are buffered then, at
 * in->mem + in->at; 0 at end of file; -1 with errno. */
ssize_t inbuf_fill(struct inbuf *in);

/* Is there a byte that needs no call to op? */
int inbuf_ready(const struct inbuf *in);

/* Takes one byte. Returns 1; 0 at end of file, -1 with errno, both with *c
 * NUL. */
int inbuf_byte(struct inbuf *in, char *c);

/* Replaces line with everything through the next end byte, that byte included.
 * Returns 1; 0 at end of file, with line holding the unfinished rest, if any;
 * -1 with errno. Lines have no length limit but memory. */
int inbuf_line(struct inbuf *in, struct stralloc *line, char end);

/* Appends what is buffered to line, only through the next end byte if there is
 * one. Returns 1 if there was, 0 if not. It never calls op. */
int inbuf_take(struct inbuf *in, struct stralloc *line, char end);

#endif
