/* SPDX-License-Identifier: 0BSD */
/* maildirwatch: shows the new messages of a Maildir on a terminal, for ever. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/maildir.h"
#include "lib/str/byte.h"
#include "local/glance.h"

enum { EVERY = 30 }; /* seconds */

static const char fatal[] = "maildirwatch: fatal: ";
static const char clear[] = "\033[;H\033[;J";
static const char bold[] = "\033[1m";
static const char plain[] = "\033[0m";

static void show_message(struct outbuf *out, const char *path)
{
	static struct glance glance;
	char mem[1024];
	struct inbuf in;
	int fd = open_read(path);

	/* a reader may have taken it in the meantime */
	if (fd < 0)
		return;
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	if (glance_read(&glance, &in) == 0)
		glance_put(out, &glance, bold, plain, "\n");
	close(fd);
}

static void show(const char *maildir)
{
	static struct maildir dir;
	char mem[1024];
	struct outbuf out;

	maildir_sweep();
	if (maildir_scan(&dir, time(NULL)) < 0)
		die(EXIT_TEMP, fatal, "unable to scan ", maildir, die_errno,
			NULL);
	outbuf_init(&out, fd_write, 1, mem, sizeof mem);
	outbuf_puts(&out, clear);
	for (size_t i = 0; i < dir.count; i++)
		if (str_starts(maildir_path(&dir, i), "new/"))
			show_message(&out, maildir_path(&dir, i));
	if (outbuf_flush(&out) < 0)
		die(EXIT_TEMP, fatal, "unable to write", die_errno, NULL);
}

int main(void)
{
	const char *maildir = getenv("MAILDIR");

	if (!maildir)
		die(EXIT_TEMP, fatal, "MAILDIR not set", NULL);
	if (chdir(maildir) < 0)
		die(EXIT_TEMP, fatal, "unable to chdir to ", maildir, die_errno,
			NULL);
	for (;;) {
		show(maildir);
		sleep(EVERY);
	}
}
