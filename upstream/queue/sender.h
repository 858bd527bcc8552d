/* SPDX-License-Identifier: 0BSD */
/* What a preprocessed message's info file tells. */
#ifndef QUEUE_SENDER_H
#define QUEUE_SENDER_H

#include <time.h>

#include "lib/str/stralloc.h"

/* Reads the envelope sender, with a NUL that does not count, and the time of
 * arrival. Returns 0; -1 if the file cannot be read or is not sound. */
int sender_read(unsigned long id, struct stralloc *sender, time_t *birth);

/* The sender as one recipient gets to see it. An envelope sender pre@host-@[]
 * becomes prebox=domain@host for a recipient box@domain, so that a bounce tells
 * whom it is about (VERP). All others stay as they are. Returns out as a C
 * string. */
char *sender_for(
	struct stralloc *out, const char *sender, const char *recipient);

/* Does the sender end in the mark that asks for that? Stores its length without
 * the mark. */
int sender_varies(const char *sender, slen *plain);

#endif
