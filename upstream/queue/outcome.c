/* SPDX-License-Identifier: 0BSD */
/* What becomes of a recipient once a delivery's report is in. */
#include "queue/outcome.h"

#include <unistd.h>

#include "queue/bounce.h"
#include "queue/job.h"
#include "queue/marks.h"
#include "queue/send-log.h"

static const char too_old[] = "I'm not going to try again; "
			      "this message has been in the queue too long.\n";

/* Seconds until a failure that could not be noted is noted again. */
enum { NOTE_PAUSE = 10 };

static void log_outcome(const struct delivery *delivery, const char *word,
	const struct stralloc *text)
{
	log_text("delivery ");
	log_number(delivery->number);
	log_text(word);
	log_safe(text->s, text->len);
	log_end();
}

/* Returns 1; 0 if the failure could not be noted before qmail-send is to stop:
 * then the recipient is tried again after the next start. */
static int fail(struct delivery *delivery, const struct stralloc *text)
{
	log_outcome(delivery, ": failure: ", text);
	while (bounce_note(delivery->job->id, sa_cstr(&delivery->recipient),
		       text) < 0) {
		log_line("alert: cannot note a failure in bounce, waiting",
			NULL);
		if (requests.stop)
			return 0;
		sleep(NOTE_PAUSE);
	}
	return 1;
}

void outcome_settle(struct delivery *delivery, const char *report, slen n)
{
	struct job *job = delivery->job;
	struct stralloc text = {0};
	char letter = n ? *report : '\0';
	int done = 1;

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
		done = fail(delivery, &text);
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
		marks_put(job->channel, job->id, delivery->at);
		--job->left;
	}
	sa_free(&text);
	job_release(job);
}
