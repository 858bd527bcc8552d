/* SPDX-License-Identifier: 0BSD */
/* Moving a whole stream or file. */
#include "lib/io/copy.h"

#include <errno.h>

#include "lib/io/fd.h"

enum { CHUNK = 1024 };

int copy_stream(struct outbuf *out, struct inbuf *in)
{
	ssize_t n;

	while ((n = inbuf_fill(in)) > 0) {
		outbuf_put(out, in->mem + in->at, (size_t)n);
		in->at = in->end;
	}
	return (int)n;
}

int copy_fd(struct stralloc *sa, int fd)
{
	ssize_t n;

	sa_clear(sa);
	do {
		sa_more(sa, CHUNK);
		n = fd_read(fd, sa->s + sa->len, CHUNK);
		if (n > 0)
			sa->len += (slen)n;
	} while (n > 0);
	return (int)n;
}

int copy_file(struct stralloc *sa, const char *path)
{
	int fd = open_read(path);
	int r;

	sa_clear(sa);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	r = copy_fd(sa, fd);
	fd_close(fd);
	return r < 0 ? -1 : 1;
}
