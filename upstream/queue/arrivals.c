/* SPDX-License-Identifier: 0BSD */
/* Messages that arrive. */
#include "queue/arrivals.h"

#include <unistd.h>

#include "lib/io/fd.h"
#include "queue/folder.h"
#include "queue/retry.h"
#include "queue/send-log.h"

/* Seconds until todo is looked through without a trigger. */
enum { LOOK_EVERY = 1500 };

static int trigger = -1;
static DIR *todo;        /* open while it is looked through */
static time_t next_look; /* without a trigger */

void arrivals_open(void)
{
	char pulls[512];

	/* Anew each time: a FIFO whose writers have left would never be quiet
	 * again. Nor would one that has a byte in it; closing drops it only if
	 * no writer is held up with the FIFO open. */
	if (trigger >= 0)
		close(trigger);
	trigger = open_read("lock/trigger");
	if (trigger >= 0 && fd_read(trigger, pulls, sizeof pulls) < 0) {
		/* Quiet as it should be. */
	}
}

void arrivals_watch(struct watch *watch)
{
	watch_until(watch, todo ? 0 : next_look);
	if (!todo && trigger >= 0)
		watch_read(watch, trigger);
}

static int begin_look(const struct watch *watch, time_t now)
{
	int pulled = trigger >= 0 && watch_readable(watch, trigger);

	if (!pulled && now < next_look)
		return 0;
	/* First the trigger, then the folder: whoever links a message from now
	 * on either is seen or pulls the trigger again. */
	arrivals_open();
	todo = opendir("todo");
	if (!todo)
		log_line("alert: cannot read todo", NULL);
	next_look = now + (todo ? LOOK_EVERY : RETRY_TROUBLE);
	return todo != NULL;
}

int arrivals_next(const struct watch *watch, time_t now, unsigned long *id)
{
	if (!todo && !begin_look(watch, now))
		return 0;
	if (folder_next(todo, id) > 0)
		return 1;
	closedir(todo);
	todo = NULL;
	return 0;
}
