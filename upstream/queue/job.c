/* SPDX-License-Identifier: 0BSD */
/* Jobs: messages that are being worked on. */
#include "queue/job.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str/alloc.h"
#include "queue/agenda.h"
#include "queue/layout.h"
#include "queue/marks.h"
#include "queue/retry.h"
#include "queue/send-log.h"

static struct job *jobs;
static size_t jobs_count;
static size_t jobs_used;

void jobs_init(size_t count)
{
	jobs = alloc_get(count * sizeof *jobs);
	jobs_count = count;
	for (size_t i = 0; i < count; ++i)
		jobs[i] = (struct job){0};
}

int jobs_available(void)
{
	return jobs_used < jobs_count;
}

struct job *job_begin(enum channel channel, unsigned long id)
{
	struct job *job = jobs;

	while (job->holders)
		++job;
	*job = (struct job){.holders = 1, .channel = channel, .id = id};
	++jobs_used;
	return job;
}

void job_hold(struct job *job)
{
	++job->holders;
}

/* Nobody is left on this channel. */
static void close_channel(const struct job *job)
{
	struct stralloc path = {0};
	struct stat st;
	time_t now = time(NULL);
	enum channel other = job->channel == CHANNEL_LOCAL ? CHANNEL_REMOTE
							   : CHANNEL_LOCAL;

	layout_split(&path, channel_names[job->channel], job->id);
	if (unlink(path.s) < 0 && errno != ENOENT) {
		log_line("warning: cannot remove ", path.s,
			"; will try again later", NULL);
		agenda_add(job->channel, job->id, now + RETRY_TROUBLE);
		sa_free(&path);
		return;
	}
	marks_forget(job->channel, job->id);
	/* if it is there for all that, winding up finds out */
	if (stat(layout_split(&path, channel_names[other], job->id), &st) < 0)
		agenda_add_over(job->id, now);
	sa_free(&path);
}

void job_release(struct job *job)
{
	if (--job->holders)
		return;
	if (job->read_all && !job->left)
		close_channel(job);
	else
		agenda_add(job->channel, job->id, job->retry);
	sa_free(&job->sender);
	--jobs_used;
}
