/* SPDX-License-Identifier: 0BSD */
/* Bounces: the file of failures that a message gathers, and the notice (in
 * QSBMF, the form that programs can read) that goes to its sender at the
 * end. */
#ifndef QUEUE_BOUNCE_H
#define QUEUE_BOUNCE_H

#include "lib/str/stralloc.h"

/* Reads the control files about bounces. Returns 0, or -1 with errno. */
int bounce_load(void);

/* Adds a failed recipient and the reason to the message's file. Returns 0; -1
 * with errno if that could not be done, and then the file is as before. */
int bounce_note(
	unsigned long id, const char *recipient, const struct stralloc *reason);

/* If the message has a file of failures, sends the notice and removes the file.
 * The notice of a message that has no sender, so is a bounce, goes to the
 * postmaster; a bounce of that one is discarded. Returns 0, or -1 after logging
 * the trouble. */
int bounce_send(unsigned long id);

#endif
