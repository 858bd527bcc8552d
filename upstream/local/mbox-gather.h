/* SPDX-License-Identifier: 0BSD */
/* Joining an mbox and the messages of a Maildir. */
#ifndef LOCAL_MBOX_GATHER_H
#define LOCAL_MBOX_GATHER_H

#include "lib/mail/maildir.h"

/* Writes to fd what the mbox at path holds, then the listed messages of the
 * Maildir that is the current directory. Returns 0; else -1 with errno, and
 * *culprit is the path of the file that could not be read, or null if fd could
 * not be written. */
int mbox_gather(int fd, const char *path, const struct maildir *dir,
	const char **culprit);

#endif
