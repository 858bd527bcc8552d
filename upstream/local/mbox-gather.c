/* SPDX-License-Identifier: 0BSD */
/* Joining an mbox and the messages of a Maildir. */
#include "local/mbox-gather.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/mail/mbox.h"
#include "lib/str/byte.h"
#include "lib/str/stralloc.h"

/* Puts the separator for a message whose first line this is: delivery has
 * written the envelope sender there. */
static void put_separator(
	struct outbuf *out, struct stralloc *line, time_t when)
{
	static const char field[] = "Return-Path: <";
	const slen n = sizeof field - 1;
	struct stralloc separator = {0};

	sa_cstr(line);
	if (str_starts(line->s, field) && line->len >= n + 2 &&
		memcmp(line->s + line->len - 2, ">\n", 2) == 0)
		mbox_separator(
			&separator, line->s + n, line->len - n - 2, when);
	else
		mbox_separator(&separator, "XXX", 3, when);
	outbuf_putsa(out, &separator);
	sa_free(&separator);
}

static int put_message(struct outbuf *out, int fd, time_t when)
{
	struct stralloc line = {0};
	char mem[4096];
	struct inbuf in;
	int result;

	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	result = inbuf_line(&in, &line, '\n');
	if (result >= 0) {
		put_separator(out, &line, when);
		inbuf_init(&in, fd_read, fd, mem, sizeof mem);
		result = lseek(fd, 0, SEEK_SET) < 0
			? -1
			: mbox_copy(out, &in, MBOX_REST_DROPPED);
	}
	sa_free(&line);
	return result < 0 ? -1 : 0;
}

static int put_mbox(struct outbuf *out, int fd)
{
	char mem[4096];
	struct inbuf in;

	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	return copy_stream(out, &in);
}

/* Puts the file at path: a message of that time, or (null) the mbox. */
static int put_file(struct outbuf *out, const char *path, const time_t *when)
{
	int fd = open_read(path);
	int result, error;

	if (fd < 0)
		return -1;
	result = when ? put_message(out, fd, *when) : put_mbox(out, fd);
	error = errno;
	close(fd);
	errno = error;
	return result;
}

int mbox_gather(int fd, const char *path, const struct maildir *dir,
	const char **culprit)
{
	char mem[4096];
	struct outbuf out;

	outbuf_init(&out, fd_write, fd, mem, sizeof mem);
	*culprit = path;
	if (put_file(&out, path, NULL) < 0)
		return -1;
	for (size_t i = 0; i < dir->count; i++) {
		*culprit = maildir_path(dir, i);
		if (put_file(&out, *culprit, &dir->list[i].when) < 0)
			return -1;
	}
	*culprit = NULL;
	return outbuf_flush(&out);
}
