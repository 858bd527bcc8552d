/* SPDX-License-Identifier: 0BSD */
/* Reading a Maildir, which is the current directory. See maildir(5). */
#ifndef MAIL_MAILDIR_H
#define MAIL_MAILDIR_H

#include <stddef.h>
#include <time.h>

#include "lib/str/stralloc.h"

struct maildir_entry {
	slen name;   /* where its path, "new/..." or so, begins in names */
	time_t when; /* its modification time */
};

struct maildir {
	struct stralloc names; /* paths, each ended by NUL */
	struct maildir_entry *list;
	slen count;
	slen room;
};

/* Removes files in tmp that nobody has touched for 36 hours. */
void maildir_sweep(void);

/* Lists the messages in new and cur whose modification time lies before now,
 * the oldest first; names that begin with a dot are not messages. Returns 0, or
 * -1 with errno if a directory cannot be read. A zeroed struct is an empty
 * list. */
int maildir_scan(struct maildir *dir, time_t now);

/* The path of the message at that place in the list. */
const char *maildir_path(const struct maildir *dir, size_t place);

#endif
