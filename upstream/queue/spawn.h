/* SPDX-License-Identifier: 0BSD */
/* What qmail-lspawn and qmail-rspawn share: commands from qmail-send on descriptor 0,
 * reports on descriptor 1, up to SPAWN_MAX deliveries at once. See interface facts in
 * qmail-lspawn(8) and qmail-rspawn(8). */
#ifndef QUEUE_SPAWN_H
#define QUEUE_SPAWN_H

#include <sys/types.h>

#include "lib/io/outbuf.h"
#include "lib/str/slen.h"

/* Deliveries that may run at once; told to qmail-send as the first byte. */
enum { SPAWN_MAX = 120 };

/* One delivery to start. */
struct spawn_job {
	int message;     /* open on the message, at its start */
	int report;      /* where the delivery's output goes */
	char *sender;    /* envelope sender */
	char *recipient; /* envelope recipient */
	slen at;         /* index of the last @ in recipient */
};

/* What differs between the two. */
struct spawner {
	/* Output that is longer than this is cut; 0: no limit. */
	slen limit;
	/* Starts the delivery in a child process. Returns its pid, or -1 with errno.
	 * With *done set to 1 there was nothing to start, and the delivery counts as
	 * an immediate success without text. */
	pid_t (*start)(const struct spawn_job *job, int *done);
	/* Puts the report (its letter K, Z or D and its text) on a child that ended
	 * with this wait status and wrote these n bytes. */
	void (*report)(struct outbuf *out, int status, const char *text, slen n);
};

/* Serves until end of file on descriptor 0 and until every delivery has ended. The
 * caller has made queue/mess the current directory. Returns the exit code. */
int spawn_serve(const struct spawner *spawner);

#endif
