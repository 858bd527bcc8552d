/* SPDX-License-Identifier: 0BSD */
/* The two channels, local and remote, each with a spawner behind it: deliveries
 * leave as commands, outcomes come back as reports. qmail-lspawn(8) describes
 * the bytes. */
#ifndef QUEUE_CHANNEL_H
#define QUEUE_CHANNEL_H

#include <sys/types.h>

#include "lib/str/stralloc.h"
#include "queue/watch.h"

enum channel { CHANNEL_LOCAL, CHANNEL_REMOTE, CHANNELS };

/* "local" and "remote": in the log, and the folders of the queue. */
extern const char *const channel_names[CHANNELS];

struct job;

/* A delivery under way. */
struct delivery {
	struct job *job;      /* what it is a part of; null: the slot is free */
	unsigned long number; /* in the log; counts from 1 */
	off_t at; /* where the recipient's record is in the channel's file */
	struct stralloc recipient;
};

/* Takes the outcome of a delivery: n bytes, of which the first, if there is
 * one, is the letter K, Z or D. */
typedef void channel_outcome(
	struct delivery *delivery, const char *report, slen n);

/* Connects a channel: commands go out on one descriptor, reports come in on the
 * other. Waits until the spawner says how many deliveries it can run, and
 * settles on that or on wanted, whichever is less. Returns 0; -1 if the spawner
 * is not there. */
int channel_open(
	enum channel channel, int commands, int reports, size_t wanted);

/* How many deliveries the channel runs at most. */
size_t channel_max(enum channel channel);

/* Can a delivery be started on the channel right now? */
int channel_has_room(enum channel channel);

/* Starts a delivery on a channel that has room: of the message of the job, from
 * sender to recipient, both C strings. Logs it. */
void channel_deliver(enum channel channel, struct job *job, unsigned long id,
	const char *sender, const char *recipient, off_t at);

/* Is nothing under way that the channel could still report? */
int channel_idle(enum channel channel);

/* Before the sleep: what the channels wait for. After it: moves commands and
 * reports, and frees the slots of those deliveries whose outcome it handed
 * over. A spawner that is gone takes its deliveries along; that is logged, and
 * qmail-send is to stop. */
void channels_watch(struct watch *watch);
void channels_serve(const struct watch *watch, channel_outcome *outcome);

/* Logs how many deliveries are under way. */
void channels_log_status(void);

#endif
