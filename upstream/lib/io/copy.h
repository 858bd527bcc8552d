/* SPDX-License-Identifier: 0BSD */
/* Moving a whole stream or file. */
#ifndef IO_COPY_H
#define IO_COPY_H

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

/* Puts everything up to end of file into out, without a flush at the end.
 * Returns 0; -1 with errno if reading failed. Writing failures stay in out. */
int copy_stream(struct outbuf *out, struct inbuf *in);

/* Replaces sa with all that fd has. Returns 0, or -1 with errno. */
int copy_fd(struct stralloc *sa, int fd);

/* Replaces sa with the file's contents. Returns 1; 0 with sa empty if there is
 * no such file; -1 with errno. */
int copy_file(struct stralloc *sa, const char *path);

#endif
