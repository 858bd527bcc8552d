/* SPDX-License-Identifier: 0BSD */
/* What is due when: for each channel the messages with recipients left there,
 * and the messages that are over and only have to be wound up. Only memory:
 * everything in it can be told from the queue's files, and is, at the start. */
#ifndef QUEUE_AGENDA_H
#define QUEUE_AGENDA_H

#include <time.h>

#include "queue/channel.h"

/* Reads the queue: every message that is preprocessed. Its time on a channel is
 * the modification time of its file there. While a folder cannot be read this
 * waits, until qmail-send is to stop. */
void agenda_load(void);

/* Enters a message for an attempt on a channel, or to be wound up. A message
 * may stand in each list once. */
void agenda_add(enum channel channel, unsigned long id, time_t when);
void agenda_add_over(unsigned long id, time_t when);

/* Takes out the message that is due first. Returns 1; 0 if none is due yet. */
int agenda_take(enum channel channel, time_t now, unsigned long *id);
int agenda_take_over(time_t now, unsigned long *id);

/* Has the sleep end when something of the list is due. */
void agenda_watch(enum channel channel, struct watch *watch);
void agenda_watch_over(struct watch *watch);

/* Makes every message due on its channels now. */
void agenda_hurry(time_t now);

/* Writes the times on the channels into the modification times of the files. */
void agenda_store(void);

#endif
