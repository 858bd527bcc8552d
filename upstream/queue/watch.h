/* SPDX-License-Identifier: 0BSD */
/* Waiting: what qmail-send sleeps for between two turns of its loop, and what
 * signals asked it to do meanwhile. */
#ifndef QUEUE_WATCH_H
#define QUEUE_WATCH_H

#include <signal.h>
#include <sys/select.h>
#include <time.h>

/* What qmail-send is to do as soon as it comes to it. */
struct requests {
	volatile sig_atomic_t stop;   /* SIGTERM, or a helper is lost */
	volatile sig_atomic_t hurry;  /* SIGALRM: everything is due now */
	volatile sig_atomic_t reread; /* SIGHUP: control files */
};

extern struct requests requests;

/* Makes the signals set the requests. */
void requests_catch(void);

/* What one sleep waits for. */
struct watch {
	fd_set readable;
	fd_set writable;
	int fds; /* one more than the highest descriptor */
	time_t until;
	int stopping; /* the request that the loop knows of */
};

/* Begins: nothing to wait for but the clock, a long time. */
void watch_begin(struct watch *watch, time_t now);

/* Adds: a descriptor that may become readable, or writable; a time, which may
 * have passed. */
void watch_read(struct watch *watch, int fd);
void watch_write(struct watch *watch, int fd);
void watch_until(struct watch *watch, time_t when);

/* Sleeps. A request that is new ends the sleep, or prevents it. */
void watch_sleep(struct watch *watch, time_t now);

/* After the sleep: is the descriptor, which was added, ready? */
int watch_readable(const struct watch *watch, int fd);
int watch_writable(const struct watch *watch, int fd);

#endif
