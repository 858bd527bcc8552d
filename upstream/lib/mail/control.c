/* SPDX-License-Identifier: 0BSD */
/* Control files. */
#include "lib/mail/control.h"

#include <errno.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/str/scan.h"

int control_line(struct stralloc *line, const char *path)
{
	char mem[128];
	struct inbuf in;
	int fd = open_read(path);
	int r;

	sa_clear(line);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	r = inbuf_line(&in, line, '\n');
	fd_close(fd);
	if (r < 0)
		return -1;
	sa_trim(line);
	return 1;
}

int control_line_or_me(
	struct stralloc *line, const char *path, const char *fallback)
{
	static struct stralloc me;
	static int known; /* what control_line() said of me; 0: nothing yet */
	int r = control_line(line, path);

	if (r)
		return r;
	if (!known)
		known = control_line(&me, "control/me");
	if (known < 0) {
		known = 0;
		return -1;
	}
	if (known)
		sa_copy(line, &me);
	else if (fallback)
		sa_copys(line, fallback);
	return known || fallback;
}

int control_int(int *value, const char *path)
{
	struct stralloc line = {0};
	unsigned long number;
	int r = control_line(&line, path);

	if (r == 1) {
		if (scan_ulong(sa_cstr(&line), &number))
			*value = (int)(unsigned)number;
		else
			r = 0;
	}
	sa_free(&line);
	return r;
}

int control_list(struct stralloc *lines, const char *path)
{
	char mem[1024];
	struct inbuf in;
	struct stralloc line = {0};
	int fd = open_read(path);
	int r;

	sa_clear(lines);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	do {
		r = inbuf_line(&in, &line, '\n');
		sa_trim(&line);
		if (r < 0 || line.len == 0 || line.s[0] == '#')
			continue;
		sa_0(&line);
		sa_cat(lines, &line);
	} while (r == 1);
	fd_close(fd);
	sa_free(&line);
	return r < 0 ? -1 : 1;
}
