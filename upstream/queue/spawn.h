/* SPDX-License-Identifier: 0BSD */
/* What qmail-lspawn and qmail-rspawn share: commands from qmail-send on
 * descriptor 0, reports on descriptor 1, up to SPAWN_MAX deliveries at once.
 * The bytes of both are in qmail-lspawn(8). */
#ifndef QUEUE_SPAWN_H
#define QUEUE_SPAWN_H

#include "lib/io/outbuf.h"
#include "lib/str/slen.h"

/* Deliveries that may run at once; told to qmail-send as the first byte. */
enum { SPAWN_MAX = 120 };

/* One delivery to start. */
struct spawn_job {
	char *sender;    /* envelope sender */
	char *recipient; /* envelope recipient */
	slen at;         /* index of the last @ in recipient */
};

/* What differs between the two. */
struct spawner {
	/* Output that is longer than this is cut, and says so; 0: not cut. */
	slen limit;
	/* Is there nothing to start, so that the delivery counts as a success
	 * without text? Null: there always is something. */
	int (*skip)(const struct spawn_job *job);
	/* Delivers, in a child process of its own: the message is on descriptor
	 * 0, at its start; what is written to 1 and 2 becomes the text of the
	 * report. SIGPIPE and SIGCHLD have their default action, all other
	 * descriptors close on exec, the current directory is the spawner's.
	 * Never returns. */
	void (*run)(const struct spawn_job *job);
	/* Puts the report (its letter K, Z or D and its text, no NUL) on a
	 * child that ended with this wait status after writing these n bytes.
	 * text is not null. */
	void (*report)(
		struct outbuf *out, int status, const char *text, slen n);
};

/* Serves until end of file on descriptor 0 and until every delivery has ended.
 * The caller has made queue/mess the current directory. A delivery has ended
 * when its process has and when nobody has its report open for writing. While
 * memory is short it waits. Returns the exit code. */
int spawn_serve(const struct spawner *spawner);

#endif
