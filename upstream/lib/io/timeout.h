/* SPDX-License-Identifier: 0BSD */
/* Reading and writing with a time limit. */
#ifndef IO_TIMEOUT_H
#define IO_TIMEOUT_H

#include <stddef.h>
#include <sys/types.h>

/* Waits at most seconds (at least 1) until fd is readable, then reads like
 * read(2). Returns how many bytes came, 0 at end of file, or -1 with errno,
 * ETIMEDOUT if the time ran out. */
ssize_t timeout_read(long seconds, int fd, void *to, size_t n);

/* The same for writing. It writes PIPE_BUF bytes at most and returns how many,
 * so that the limit holds for a descriptor that blocks, too. */
ssize_t timeout_write(long seconds, int fd, const void *from, size_t n);

/* Waits at most seconds (at least 1) until fd is writable. Returns 0, or -1
 * with errno, ETIMEDOUT if the time ran out. */
int timeout_writable(long seconds, int fd);

/* Seconds on a clock that nobody sets; only differences mean anything. */
long timeout_clock(void);

#endif
