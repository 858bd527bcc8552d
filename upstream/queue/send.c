/* SPDX-License-Identifier: 0BSD */
/* The loop of qmail-send. A message's way through it, and the files to read:
 *
 *	arrivals    it is found in todo
 *	preprocess  its recipients are told apart (routing); info, local and
 *	            remote say so
 *	agenda      it waits until it is due
 *	dispatch    it becomes a job; its recipients become deliveries
 *	channel     a spawner runs them and reports
 *	outcome     a recipient is done (marks), noted for the bounce, or left
 *	            for later
 *	job         the message goes back into the agenda, or is over on the
 *	            channel
 *	windup      it is over: the bounce leaves, the files go
 *
 * All that memory holds can be read from the queue again, so the process may
 * end anywhere; only an attempt in flight is then made twice. */
#include "queue/send.h"

#include <unistd.h>

#include "lib/mail/control.h"
#include "lib/mail/home.h"
#include "queue/agenda.h"
#include "queue/arrivals.h"
#include "queue/bounce.h"
#include "queue/cleaner.h"
#include "queue/dispatch.h"
#include "queue/job.h"
#include "queue/outcome.h"
#include "queue/preprocess.h"
#include "queue/routing.h"
#include "queue/send-log.h"
#include "queue/sweep.h"
#include "queue/windup.h"

/* Seconds until the queue is looked for again. */
enum { FOLDER_PAUSE = 10 };

static int concurrency[CHANNELS] = {10, 20};

int send_load(void)
{
	int lifetime = 604800;

	if (routing_load() < 0 || bounce_load() < 0)
		return -1;
	if (control_int(&lifetime, "control/queuelifetime") < 0)
		return -1;
	dispatch_set_lifetime(lifetime);
	if (control_int(&concurrency[CHANNEL_LOCAL],
		    "control/concurrencylocal") < 0)
		return -1;
	if (control_int(&concurrency[CHANNEL_REMOTE],
		    "control/concurrencyremote") < 0)
		return -1;
	return 0;
}

int send_connect(void)
{
	if (channel_open(CHANNEL_LOCAL, SEND_TO_LOCAL, SEND_FROM_LOCAL,
		    (unsigned)concurrency[CHANNEL_LOCAL]) < 0)
		return -1;
	if (channel_open(CHANNEL_REMOTE, SEND_TO_REMOTE, SEND_FROM_REMOTE,
		    (unsigned)concurrency[CHANNEL_REMOTE]) < 0)
		return -1;
	cleaner_open(SEND_TO_CLEAN, SEND_FROM_CLEAN);
	jobs_init(channel_max(CHANNEL_LOCAL) + channel_max(CHANNEL_REMOTE));
	return 0;
}

/* Reads the control files again that may change. */
static void reread(void)
{
	if (chdir(qmail_home) < 0) {
		log_line("alert: unable to reread control files: "
			 "no way to the home directory",
			NULL);
		return;
	}
	routing_reload();
	while (chdir("queue") < 0) {
		log_line("alert: no way back to the queue directory, waiting",
			NULL);
		sleep(FOLDER_PAUSE);
	}
}

static void obey_requests(time_t now)
{
	if (requests.hurry) {
		requests.hurry = 0;
		agenda_hurry(now);
	}
	if (requests.reread) {
		requests.reread = 0;
		reread();
	}
}

/* Sleeps until there is something to do. When stopping, only reports count. */
static void sleep_well(struct watch *watch)
{
	time_t now = time(NULL);

	obey_requests(now);
	watch_begin(watch, now);
	channels_watch(watch);
	if (!watch->stopping) {
		arrivals_watch(watch);
		for (enum channel c = 0; c < CHANNELS; ++c)
			dispatch_watch(c, watch);
		agenda_watch_over(watch);
		sweep_watch(watch);
	}
	watch_sleep(watch, now);
}

/* One turn of the loop: a little of everything. */
static void turn(void)
{
	struct watch watch;
	unsigned long id;
	time_t now;

	sleep_well(&watch);
	now = time(NULL);
	channels_serve(&watch, outcome_settle);
	if (watch.stopping || requests.stop)
		return;
	if (arrivals_next(&watch, now, &id))
		preprocess(id);
	for (enum channel c = 0; c < CHANNELS; ++c)
		dispatch_step(c, now);
	windup_step(now);
	sweep_step(now);
}

void send_run(void)
{
	requests_catch();
	channels_log_status();
	agenda_load();
	arrivals_open();
	while (!requests.stop || !channel_idle(CHANNEL_LOCAL) ||
		!channel_idle(CHANNEL_REMOTE))
		turn();
	agenda_store();
	log_line("status: exiting", NULL);
}
