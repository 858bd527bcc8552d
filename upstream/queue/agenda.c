/* SPDX-License-Identifier: 0BSD */
/* What is due when. */
#include "queue/agenda.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "queue/folder.h"
#include "queue/layout.h"
#include "queue/schedule.h"
#include "queue/send-log.h"

/* Seconds until the queue is read on after trouble. A message that is not seen
 * at the start would have to wait for the next one. */
enum { READ_PAUSE = 10 };

static struct schedule attempts[CHANNELS];
static struct schedule over;
static struct stralloc path;

void agenda_add(enum channel channel, unsigned long id, time_t when)
{
	schedule_add(&attempts[channel], id, when);
}

void agenda_add_over(unsigned long id, time_t when)
{
	schedule_add(&over, id, when);
}

static void pause_reading(void)
{
	log_line("alert: cannot read ", path.s, ", waiting", NULL);
	sleep(READ_PAUSE);
}

/* Is there a file at path? Stores its modification time. If qmail-send is to
 * stop it does not matter. */
static int present(time_t *when)
{
	struct stat st;

	while (stat(path.s, &st) < 0) {
		if (errno == ENOENT || requests.stop)
			return 0;
		pause_reading();
	}
	*when = st.st_mtime;
	return 1;
}

/* Enters a message that has an info file. */
static void enter(unsigned long id)
{
	int waiting = 0;
	time_t when;

	layout_flat(&path, "todo", id);
	if (present(&when))
		return; /* preprocessing was cut short, and begins anew */
	for (enum channel c = 0; c < CHANNELS; ++c) {
		layout_split(&path, channel_names[c], id);
		if (!present(&when))
			continue;
		agenda_add(c, id, when);
		waiting = 1;
	}
	if (!waiting)
		agenda_add_over(id, time(NULL));
}

/* Adds the numbers in one folder to the list. Returns 0, or -1. */
static int collect(struct schedule *ids, const char *name)
{
	DIR *dir = opendir(name);
	unsigned long id;
	int r;

	if (!dir)
		return -1;
	while ((r = folder_next(dir, &id)) > 0)
		schedule_add(ids, id, 0);
	closedir(dir);
	return r;
}

void agenda_load(void)
{
	struct schedule ids = {0};

	for (unsigned long i = 0; i < LAYOUT_SPLIT && !requests.stop; ++i) {
		sa_copys(&path, "info/");
		sa_catnum(&path, i);
		while (collect(&ids, sa_cstr(&path)) < 0 && !requests.stop) {
			pause_reading();
			ids.count = 0;
		}
		/* in another folder than its own a name means no message */
		for (size_t k = 0; k < ids.count; ++k)
			if (ids.heap[k].id % LAYOUT_SPLIT == i)
				enter(ids.heap[k].id);
		ids.count = 0;
	}
	schedule_free(&ids);
}

static int take(struct schedule *list, time_t now, unsigned long *id)
{
	const struct schedule_entry *first = schedule_first(list);

	if (!first || first->when > now)
		return 0;
	*id = first->id;
	schedule_remove_first(list);
	return 1;
}

int agenda_take(enum channel channel, time_t now, unsigned long *id)
{
	return take(&attempts[channel], now, id);
}

int agenda_take_over(time_t now, unsigned long *id)
{
	return take(&over, now, id);
}

static void watch_first(const struct schedule *list, struct watch *watch)
{
	const struct schedule_entry *first = schedule_first(list);

	if (first)
		watch_until(watch, first->when);
}

void agenda_watch(enum channel channel, struct watch *watch)
{
	watch_first(&attempts[channel], watch);
}

void agenda_watch_over(struct watch *watch)
{
	watch_first(&over, watch);
}

void agenda_hurry(time_t now)
{
	for (enum channel c = 0; c < CHANNELS; ++c)
		schedule_set_all(&attempts[c], now);
}

void agenda_store(void)
{
	struct utimbuf times;

	for (enum channel c = 0; c < CHANNELS; ++c)
		for (size_t i = 0; i < attempts[c].count; ++i) {
			times.modtime = attempts[c].heap[i].when;
			times.actime = times.modtime;
			layout_split(&path, channel_names[c],
				attempts[c].heap[i].id);
			if (utime(path.s, &times) < 0)
				log_line(
					"warning: cannot keep the due time of ",
					path.s, NULL);
		}
}
