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

/* Is there a file at path? Returns 1, 0, or -1 if that cannot be told. */
static int present(void)
{
	struct stat st;

	if (stat(path.s, &st) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	log_line("warning: unable to stat ", path.s, "; will try again later",
		NULL);
	return -1;
}

/* Is there nothing to wind up? So it is with a message that is in use after
 * all, and with one that was wound up: its number may be a new message's by
 * now, which must not be touched. Returns 1, 0, or -1 if that cannot be
 * told. */
static int not_over(unsigned long id)
{
	int r;

	layout_split(&path, "info", id);
	r = present();
	if (r != 1)
		return r < 0 ? -1 : 1;
	for (int i = 0; i <= CHANNELS && r >= 0; ++i) {
		if (i < CHANNELS)
			layout_split(&path, channel_names[i], id);
		else
			layout_flat(&path, "todo", id);
		r = present();
		if (r == 1)
			return 1;
	}
	return r;
}

/* Returns 0; -1 if the message has to be wound up later. Each step can be done
 * again after a crash; info goes before mess because without it the rest is
 * debris that the sweep may remove. */
static int wind_up(unsigned long id)
{
	switch (not_over(id)) {
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
	if (unlink(path.s) < 0) {
		log_line("warning: cannot remove ", path.s,
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
