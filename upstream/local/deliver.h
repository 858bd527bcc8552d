/* SPDX-License-Identifier: 0BSD */
/* The ways to deliver a message. Each takes the message at descriptor 0 from
 * its start, says on descriptor 2 what went wrong, and returns an exit code of
 * lib/mail/exits.h: EXIT_DONE, EXIT_TEMP, or where told another one. */
#ifndef LOCAL_DELIVER_H
#define LOCAL_DELIVER_H

#include "lib/str/stralloc.h"
#include "local/stamp.h"

/* Adds the message to the mbox at path, which is made if missing. An mbox that
 * could not be written is cut back to what it was, even if memory runs out in
 * between, when alloc_failed has the last word. */
int deliver_mbox(const struct stamp *stamp, const char *path);

/* Puts the message into the Maildir at path, on the disk when this returns. */
int deliver_maildir(const struct stamp *stamp, const char *path);

/* Has the shell run command with the message as its input. Returns EXIT_LAST or
 * EXIT_PERM as well. */
int deliver_program(const char *command);

/* Queues the message, under its Delivered-To line, for the recipients (each
 * ended by NUL) and stores the queue's process id. Returns EXIT_PERM as well.
 * */
int deliver_forward(const struct stamp *stamp, const char *sender,
	const struct stralloc *recipients, unsigned long *qp);

#endif
