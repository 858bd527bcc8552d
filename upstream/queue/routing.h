/* SPDX-License-Identifier: 0BSD */
/* Where a recipient's mail goes: the first thing qmail-send decides about it,
 * and for good. The rules are in qmail-send(8). */
#ifndef QUEUE_ROUTING_H
#define QUEUE_ROUTING_H

#include "lib/str/stralloc.h"
#include "queue/channel.h"

/* Reads control/me, envnoathost, locals, percenthack and virtualdomains.
 * Returns 0; -1 if one cannot be read, or if there is neither locals nor me. */
int routing_load(void);

/* Reads control/locals and virtualdomains again, below the current directory.
 * If one of them cannot be read, that is logged and both stay as they were. */
void routing_reload(void);

/* Replaces out with the address in the form it is delivered to, as a C string.
 * Returns the channel. */
enum channel routing_decide(struct stralloc *out, const char *address);

/* The part of such an address that the sender may know: without the prefix that
 * virtualdomains put in front. Points into it. */
const char *routing_original(const char *address);

#endif
