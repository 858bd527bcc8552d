/* SPDX-License-Identifier: 0BSD */
/* qbiff: tells a user who is logged in, and wants it (biff y), about a message.
 * */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/mail/exits.h"
#include "lib/str/stralloc.h"
#include "local/glance.h"

/* Writes the notice to a terminal. One that is gone, is stuck or wants no
 * notices is passed over. */
static void notify(const char *path, const struct glance *glance)
{
	char mem[1024];
	struct outbuf out;
	struct stat st;
	int fd = open_write(path);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
		(st.st_mode & S_IXUSR)) {
		outbuf_init(&out, fd_write, fd, mem, sizeof mem);
		outbuf_puts(&out, "\r\n*** ");
		glance_put(&out, glance, "", "", "\r\n");
		outbuf_flush(&out);
	}
	close(fd);
}

static void notify_all(const char *user, const struct glance *glance)
{
	struct stralloc path = {0};
	struct utmpx *entry;

	while ((entry = getutxent())) {
		size_t line = strnlen(entry->ut_line, sizeof entry->ut_line);

		if (entry->ut_type != USER_PROCESS ||
			strncmp(user, entry->ut_user, sizeof entry->ut_user) !=
				0)
			continue;
		sa_copys(&path, "/dev/");
		sa_catb(&path, entry->ut_line, (slen)line);
		if (!strstr(sa_cstr(&path), ".."))
			notify(path.s, glance);
	}
	sa_free(&path);
}

int main(void)
{
	const char *user = getenv("USER");
	const char *sender = getenv("SENDER");
	const char *recipient = getenv("RECIPIENT");
	struct glance glance = {0};
	struct stralloc path = {0};
	char mem[1024];
	struct inbuf in;

	inbuf_init(&in, fd_read, 0, mem, sizeof mem);
	if (!user || glance_read(&glance, &in) < 0)
		return EXIT_DONE;
	if (sender) {
		sa_catc(&path, '<');
		sa_cats(&path, sender);
		sa_catc(&path, '>');
		glance_set(&glance.sender, sa_cstr(&path));
		sa_free(&path);
	}
	if (recipient)
		glance_set(&glance.recipient, recipient);
	notify_all(user, &glance);
	glance_free(&glance);
	return EXIT_DONE;
}
