/* SPDX-License-Identifier: 0BSD */
/* Jobs: messages that are being worked on, each on one channel. There are as
 * many as deliveries may run on both channels together; this bounds the memory
 * that qmail-send spends on senders and recipients. */
#ifndef QUEUE_JOB_H
#define QUEUE_JOB_H

#include <stddef.h>
#include <time.h>

#include "queue/channel.h"

struct job {
	/* the reader of its recipients, and its deliveries; 0: it is free */
	unsigned holders;
	enum channel channel;
	unsigned long id;
	struct stralloc sender;
	time_t retry;     /* the next attempt for those who are left */
	int last_attempt; /* the message is too old for another one */
	int read_all;     /* no recipient is left to be read */
	/* recipients read, and neither delivered nor bounced */
	unsigned long left;
};

/* Makes room for count jobs, all free; called once, before any other. Short
 * memory is for alloc_failed. */
void jobs_init(size_t count);

/* Can a job be had? 0 if all are busy: then a message has to wait. */
int jobs_available(void);

/* A job, which must be available, with one holder. Its sender is still to be
 * set. */
struct job *job_begin(enum channel channel, unsigned long id);

/* One more holder. */
void job_hold(struct job *job);

/* One holder fewer. The last one ends the job: if nobody is left, the channel's
 * file is removed, and the message is over unless the other channel still has
 * recipients; otherwise the message is entered in the agenda again. */
void job_release(struct job *job);

#endif
