/* SPDX-License-Identifier: 0BSD */
/* Removing messages that were never accepted: the remains of a qmail-queue that
 * was interrupted, once it is certain that it cannot still be running. */
#ifndef QUEUE_SWEEP_H
#define QUEUE_SWEEP_H

#include <time.h>

#include "queue/watch.h"

/* Has the sleep end when there is something to do. */
void sweep_watch(struct watch *watch);

/* One step: looks at one message. A round through all of them begins at once,
 * and then every 21 hours and some minutes. */
void sweep_step(time_t now);

#endif
