/* SPDX-License-Identifier: 0BSD */
/* Gathering the failures of a message in bounce/ID. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "queue/bounce.h"
#include "queue/layout.h"
#include "queue/routing.h"

/* A paragraph of the notice: the recipient in angle brackets and a colon, then
 * the reason. Paragraphs end at a blank line, so inside there is none. */
static void compose(struct stralloc *out, const char *recipient,
	const struct stralloc *reason)
{
	slen start;

	sa_catc(out, '<');
	for (const char *c = routing_original(recipient); *c; ++c)
		sa_catc(out, *c == '\n' ? '_' : *c);
	sa_cats(out, ">:\n");
	start = out->len;
	for (slen i = 0; i < reason->len; ++i) {
		int blank = i ? reason->s[i - 1] == '\n' : 1;

		if (blank && i + 1 < reason->len && reason->s[i] == '\n')
			sa_catc(out, '/');
		else
			sa_catc(out, reason->s[i]);
	}
	if (out->len > start && reason->s[reason->len - 1] != '\n')
		sa_catc(out, '\n');
	sa_catc(out, '\n');
}

static int append(int fd, const struct stralloc *text)
{
	struct stat st;
	slen done = 0;
	int error;

	if (fstat(fd, &st) < 0)
		return -1;
	while (done < text->len) {
		ssize_t n = fd_write(fd, text->s + done, text->len - done);

		if (n < 0) {
			error = errno;
			if (ftruncate(fd, st.st_size) < 0)
				error = errno;
			errno = error;
			return -1;
		}
		done += (slen)n;
	}
	return 0;
}

int bounce_note(
	unsigned long id, const char *recipient, const struct stralloc *reason)
{
	struct stralloc path = {0};
	struct stralloc text = {0};
	int fd = open_append(layout_flat(&path, "bounce", id));
	int r = -1;

	sa_free(&path);
	if (fd < 0)
		return -1;
	compose(&text, recipient, reason);
	r = append(fd, &text);
	sa_free(&text);
	close(fd);
	return r;
}
