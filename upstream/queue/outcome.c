/* SPDX-License-Identifier: 0BSD */
/* What becomes of a recipient once a delivery's report is in. */
#include "queue/outcome.h"

#include <unistd.h>

#include "lib/io/fd.h"
#include "queue/bounce.h"
#include "queue/job.h"
#include "queue/layout.h"
#include "queue/send-log.h"

static const char too_old[] = "I'm not going to try again; "
			      "this message has been in the queue too long.\n";

/* Seconds until a failure that could not be noted is noted again. */
enum { NOTE_PAUSE = 10 };

/* Overwrites the type of the recipient's record: one byte, so that no crash can leave
 * it half written. Without this the recipient gets the message again. */
static void mark_done(const struct job *job, off_t at)
{
	struct stralloc path = {0};
	int fd = open_write(
		layout_split(&path, channel_names[job->channel], job->id));

	if (fd < 0 || pwrite(fd, "D", 1, at) != 1)
		log_line("warning: trouble marking ", path.s,
			"; message will be delivered twice!", NULL);
	if (fd >= 0)
		close(fd);
	sa_free(&path);
}

static void log_outcome(const struct delivery *delivery, const char *word,
	const struct stralloc *text)
{
	log_text("delivery ");
	log_number(delivery->number);
	log_text(word);
	log_safe(text->s, text->len);
	log_end();
}

static void fail(struct delivery *delivery, const struct stralloc *text)
{
	log_outcome(delivery, ": failure: ", text);
	while (bounce_note(delivery->job->id, sa_cstr(&delivery->recipient),
		       text) < 0) {
		log_line("alert: unable to append to bounce message; "
			 "sleeping...",
			NULL);
		sleep(NOTE_PAUSE);
	}
}

void outcome_settle(enum channel channel, struct delivery *delivery,
	const char *report, slen n)
{
	struct job *job = delivery->job;
	struct stralloc text = {0};
	char letter = n ? *report : '\0';
	int done = 1;

	(void)channel;
	if (n)
		sa_catb(&text, report + 1, n - 1);
	if (letter == 'Z' && job->last_attempt) {
		letter = 'D';
		sa_cats(&text, too_old);
	}
	switch (letter) {
	case 'K':
		log_outcome(delivery, ": success: ", &text);
		break;
	case 'D':
		fail(delivery, &text);
		break;
	case 'Z':
		log_outcome(delivery, ": deferral: ", &text);
		done = 0;
		break;
	default:
		sa_clear(&text);
		log_outcome(delivery, ": report mangled, will defer", &text);
		done = 0;
	}
	if (done) {
		mark_done(job, delivery->at);
		--job->left;
	}
	sa_free(&text);
	job_release(job);
}
