/* SPDX-License-Identifier: 0BSD */
/* Removing messages that were never accepted. */
#include "queue/sweep.h"

#include <errno.h>
#include <sys/stat.h>

#include "queue/cleaner.h"
#include "queue/folder.h"
#include "queue/layout.h"
#include "queue/send-log.h"

/* Seconds without access after which a message that is not in the queue never
 * will be: 36 hours, and qmail-queue gives up after 24. */
enum { ABANDONED = 129600 };

/* Seconds from one round to the next. */
enum { ROUND = 76431 };

static time_t next_round;  /* when the next round begins */
static int rounding;       /* a round is under way: */
static unsigned long part; /* in mess/part, */
static DIR *dir;           /* which is open, unless null */
static struct stralloc path;

void sweep_watch(struct watch *watch)
{
	watch_until(watch, rounding ? 0 : next_round);
}

static int missing(const char *name)
{
	struct stat st;

	return stat(name, &st) < 0 && errno == ENOENT;
}

static void look_at(unsigned long id, time_t now)
{
	struct stat st;

	if (stat(layout_split(&path, "mess", id), &st) < 0)
		return;
	if (now <= st.st_atime + ABANDONED)
		return;
	/* info comes into being before todo goes, so the order matters */
	if (missing(layout_flat(&path, "todo", id)) &&
		missing(layout_split(&path, "info", id)))
		cleaner_remove_mess(id);
}

/* Opens mess/part. */
static void enter(void)
{
	sa_copys(&path, "mess/");
	sa_catnum(&path, part);
	dir = opendir(sa_cstr(&path));
	if (!dir)
		log_line("warning: cannot read ", path.s, NULL);
}

void sweep_step(time_t now)
{
	unsigned long id;

	if (!rounding) {
		if (now < next_round)
			return;
		next_round = now + ROUND;
		rounding = 1;
		part = 0;
		enter();
	}
	if (dir && folder_next(dir, &id) > 0) {
		look_at(id, now);
		return;
	}
	if (dir)
		closedir(dir);
	dir = NULL;
	if (++part < LAYOUT_SPLIT)
		enter();
	else
		rounding = 0;
}
