/* SPDX-License-Identifier: 0BSD */
/* maildir2mbox: moves the messages of a Maildir into an mbox. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/maildir.h"
#include "local/mbox-gather.h"

static const char fatal[] = "maildir2mbox: fatal: ";

static const char *need(const char *variable)
{
	const char *value = getenv(variable);

	if (!value)
		die(EXIT_TEMP, fatal, variable, " not set", NULL);
	return value;
}

static _Noreturn void fail(const char *what, const char *path)
{
	die(EXIT_TEMP, fatal, "unable to ", what, path, die_errno, NULL);
}

/* Builds the new mbox beside the old one, so that a crash at any time leaves a
 * whole mbox, and each message in the Maildir, in the mbox, or in both. */
static void rebuild(
	const struct maildir *dir, const char *path, const char *tmp)
{
	const char *culprit;
	int fd = open_trunc(tmp);

	if (fd < 0)
		fail("create ", tmp);
	if (mbox_gather(fd, path, dir, &culprit) < 0)
		fail(culprit ? "read " : "write ", culprit ? culprit : tmp);
	if (fsync(fd) < 0 || close(fd) < 0)
		fail("write ", tmp);
	if (rename(tmp, path) < 0)
		fail("replace ", path);
}

int main(void)
{
	const char *path = need("MAIL");
	const char *tmp = need("MAILTMP");
	const char *maildir = need("MAILDIR");
	struct maildir dir = {0};
	int mbox;

	umask(077);
	if (chdir(maildir) < 0)
		fail("chdir to ", maildir);
	maildir_sweep();
	if (maildir_scan(&dir, time(NULL)) < 0)
		fail("scan ", maildir);
	if (!dir.count)
		return EXIT_DONE;
	mbox = open_append(path);
	if (mbox < 0 || fd_lock(mbox) < 0)
		fail("lock ", path);
	rebuild(&dir, path, tmp);
	for (size_t i = 0; i < dir.count; i++)
		if (unlink(maildir_path(&dir, i)) < 0)
			say("maildir2mbox: warning: unable to remove ",
				maildir_path(&dir, i), die_errno, NULL);
	return EXIT_DONE;
}
