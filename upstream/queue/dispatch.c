/* SPDX-License-Identifier: 0BSD */
/* From the agenda to the spawners. */
#include "queue/dispatch.h"

#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "queue/agenda.h"
#include "queue/job.h"
#include "queue/layout.h"
#include "queue/marks.h"
#include "queue/retry.h"
#include "queue/send-log.h"
#include "queue/sender.h"

/* The file of recipients that is being read on a channel: records of a type
 * byte, an address and NUL. */
struct reader {
	struct job *job; /* null: none is being read */
	int fd;
	struct inbuf in;
	char mem[1024];
	off_t at; /* where the next record begins */
	struct stralloc record;
};

static const time_t steps[CHANNELS] = {RETRY_STEP_LOCAL, RETRY_STEP_REMOTE};

static struct reader readers[CHANNELS];
static struct stralloc path;
static time_t lifetime;

void dispatch_set_lifetime(int seconds)
{
	lifetime = seconds;
}

void dispatch_watch(enum channel channel, struct watch *watch)
{
	if (!channel_has_room(channel))
		return;
	if (readers[channel].job)
		watch_until(watch, 0);
	else if (jobs_available())
		agenda_watch(channel, watch);
}

/* Fills a new job. Returns 0, or -1 with path naming the file in the way. */
static int set_up(struct reader *reader, struct job *job, time_t now)
{
	time_t birth;

	reader->fd = open_read(
		layout_split(&path, channel_names[job->channel], job->id));
	if (reader->fd < 0)
		return -1;
	if (sender_read(job->id, &job->sender, &birth) < 0) {
		close(reader->fd);
		layout_split(&path, "info", job->id);
		return -1;
	}
	job->retry = retry_time(birth, now, steps[job->channel]);
	job->last_attempt = now > birth + lifetime;
	return 0;
}

static void take_up(enum channel channel, time_t now)
{
	struct reader *reader = &readers[channel];
	struct job *job;
	unsigned long id;

	if (!jobs_available() || !agenda_take(channel, now, &id))
		return;
	job = job_begin(channel, id);
	if (set_up(reader, job, now) < 0) {
		log_line("warning: trouble opening ", path.s,
			"; will try again later", NULL);
		job->retry = now + RETRY_TROUBLE;
		job_release(job);
		return;
	}
	reader->job = job;
	reader->at = 0;
	inbuf_init(&reader->in, fd_read, reader->fd, reader->mem,
		sizeof reader->mem);
}

/* No more is read of the file, whatever the reason. */
static void put_down(struct reader *reader)
{
	struct job *job = reader->job;

	close(reader->fd);
	reader->job = NULL;
	sa_free(&reader->record);
	job_release(job);
}

static void give_up(
	struct reader *reader, const char *before, const char *after)
{
	layout_split(
		&path, channel_names[reader->job->channel], reader->job->id);
	log_line(before, path.s, after, NULL);
	put_down(reader);
}

static void deliver(struct reader *reader, off_t at)
{
	struct stralloc sender = {0};
	struct job *job = reader->job;
	const char *recipient = reader->record.s + 1;

	++job->left;
	job_hold(job);
	channel_deliver(job->channel, job, job->id,
		sender_for(&sender, sa_cstr(&job->sender), recipient),
		recipient, at);
	sa_free(&sender);
}

/* Reads on, past those recipients who are done with, to one who is not. */
static void read_on(struct reader *reader)
{
	off_t at;

	for (;;) {
		switch (inbuf_line(&reader->in, &reader->record, '\0')) {
		case 1:
			break;
		case 0:
			reader->job->read_all = 1;
			put_down(reader);
			return;
		default:
			give_up(reader, "warning: cannot read on in ",
				"; will try again later");
			return;
		}
		at = reader->at;
		reader->at += reader->record.len;
		switch (reader->record.s[0]) {
		case 'T':
			if (marks_lacks(
				    reader->job->channel, reader->job->id, at))
				break;
			deliver(reader, at);
			return;
		case 'D':
			break;
		default:
			give_up(reader, "warning: unknown record type in ",
				"!");
			return;
		}
	}
}

void dispatch_step(enum channel channel, time_t now)
{
	struct reader *reader = &readers[channel];

	if (!channel_has_room(channel))
		return;
	if (!reader->job)
		take_up(channel, now);
	if (reader->job)
		read_on(reader);
}
