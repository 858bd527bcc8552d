/* SPDX-License-Identifier: 0BSD */
/* Recipients who are done with: their marks in a channel's file, and which of
 * the marks could not be made. */
#ifndef QUEUE_MARKS_H
#define QUEUE_MARKS_H

#include <sys/types.h>

#include "queue/channel.h"

/* Marks the record at that place of the message's file. If that cannot be done
 * it is logged, and the recipient is remembered: on a disk that cannot be
 * written to, mail that arrived must not be sent again every two minutes. Only
 * the end of the process makes it be delivered twice. */
void marks_put(enum channel channel, unsigned long id, off_t at);

/* Is the recipient, whose record says otherwise, done with? Then this tries to
 * mark it again. */
int marks_lacks(enum channel channel, unsigned long id, off_t at);

/* The message's file is gone, or about to be made anew: what was remembered of
 * it goes, too. */
void marks_forget(enum channel channel, unsigned long id);

#endif
