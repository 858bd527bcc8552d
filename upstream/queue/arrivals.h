/* SPDX-License-Identifier: 0BSD */
/* Messages that arrive: qmail-queue links them into todo and pulls the
 * trigger. */
#ifndef QUEUE_ARRIVALS_H
#define QUEUE_ARRIVALS_H

#include <time.h>

#include "queue/watch.h"

/* Sets the trigger up. */
void arrivals_open(void);

/* Has the sleep end when something may have arrived. */
void arrivals_watch(struct watch *watch);

/* After the sleep: finds the next message in todo, in the folder's order. A
 * look through it begins at the start, when the trigger is pulled, and at least
 * every 25 minutes. Returns 1, or 0 if there is none now. */
int arrivals_next(const struct watch *watch, time_t now, unsigned long *id);

#endif
