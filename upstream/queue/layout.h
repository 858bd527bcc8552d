/* SPDX-License-Identifier: 0BSD */
/* Where the queue keeps a message's files: names relative to the queue
 * directory. See qmail-queue(5). */
#ifndef QUEUE_LAYOUT_H
#define QUEUE_LAYOUT_H

#include "lib/str/stralloc.h"

/* mess, info, local and remote are split into this many directories, by message
 * number modulo it. */
enum { LAYOUT_SPLIT = 23 };

/* Replaces path with folder/number%23/number, or, flat, with folder/number.
 * Both return the path as a C string. */
char *layout_split(struct stralloc *path, const char *folder, unsigned long id);
char *layout_flat(struct stralloc *path, const char *folder, unsigned long id);

#endif
