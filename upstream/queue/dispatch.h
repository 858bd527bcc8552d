/* SPDX-License-Identifier: 0BSD */
/* From the agenda to the spawners: a message that is due becomes a job, its
 * recipients are read one by one and become deliveries. */
#ifndef QUEUE_DISPATCH_H
#define QUEUE_DISPATCH_H

#include <time.h>

#include "queue/channel.h"

/* Messages older than this many seconds get no attempt after the next one. */
void dispatch_set_lifetime(int seconds);

/* Has the sleep end when the channel can do something. */
void dispatch_watch(enum channel channel, struct watch *watch);

/* One step on a channel: takes up the next message that is due, if none is
 * being read, and starts the next delivery, if there is room. */
void dispatch_step(enum channel channel, time_t now);

#endif
