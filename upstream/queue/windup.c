/* SPDX-License-Identifier: 0BSD */
/* The end of a message's life. */
#include "queue/windup.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/agenda.h"
#include "queue/bounce.h"
#include "queue/cleaner.h"
#include "queue/layout.h"
#include "queue/retry.h"
#include "queue/send-log.h"

static struct stralloc path;

/* Is the message in use after all? Returns 1, 0, or -1 if that cannot be told. */
static int in_use(unsigned long id)
{
	struct stat st;
	int here = 0;

	for (int i = 0; i <= CHANNELS; ++i) {
		if (i < CHANNELS)
			layout_split(&path, channel_names[i], id);
		else
			layout_flat(&path, "todo", id);
		if (stat(path.s, &st) == 0) {
			here = 1;
		} else if (errno != ENOENT) {
			log_line("warning: unable to stat ", path.s,
				"; will try again later", NULL);
			return -1;
		}
	}
	return here;
}

/* Returns 0; -1 if the message has to be wound up later. Each step can be done again
 * after a crash; info goes before mess because without it the rest is debris that the
 * sweep may remove. */
static int wind_up(unsigned long id)
{
	switch (in_use(id)) {
	case 1:
		return 0;
	case 0:
		break;
	default:
		return -1;
	}
	if (bounce_send(id) < 0)
		return -1;
	log_text("end msg ");
	log_number(id);
	log_end();
	layout_split(&path, "info", id);
	if (unlink(path.s) < 0 && errno != ENOENT) {
		log_line("warning: unable to unlink ", path.s,
			"; will try again later", NULL);
		return -1;
	}
	cleaner_remove_mess(id);
	return 0;
}

void windup_step(time_t now)
{
	unsigned long id;

	if (agenda_take_over(now, &id) && wind_up(id) < 0)
		agenda_add_over(id, now + RETRY_TROUBLE);
}
