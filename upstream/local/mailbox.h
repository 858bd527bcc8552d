/* SPDX-License-Identifier: 0BSD */
/* A mailbox record: which account a local address belongs to. qmail-getpw
 * prints it; users/cdb has it without the last NUL. See qmail-users(5). */
#ifndef LOCAL_MAILBOX_H
#define LOCAL_MAILBOX_H

#include <sys/types.h>

#include "lib/str/stralloc.h"

/* The longest record, in bytes. */
enum { MAILBOX_RECORD_MAX = 65536 };

struct mailbox {
	char *user;
	uid_t uid;
	gid_t gid;
	char *home;
	char *dash;
	char *ext;
};

/* Splits a record: six fields, each ended by NUL. The strings point into it.
 * Returns 0; -1 if a field is missing or an id is no number that an id can
 * have. */
int mailbox_parse(struct mailbox *mailbox, const struct stralloc *record);

#endif
