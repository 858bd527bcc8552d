/* SPDX-License-Identifier: 0BSD */
/* qmail-send's connection with a spawner that says any bytes, in pipes. */
#ifndef FUZZ_SPAWNER_H
#define FUZZ_SPAWNER_H

#include "queue-tree.h"

#include "queue/channel.h"

enum { SPAWNER_LONGEST = 10000 }; /* a report that is looked at */

static int commands[2];
static int reports[2];

/* The target's: a delivery has its outcome. */
static void settle(struct delivery *delivery, const char *report, slen n);

/* One turn of qmail-send; it reads only if it may. */
static inline void spawner_serve(int readable)
{
	struct watch watch;

	watch_begin(&watch, 0);
	channels_watch(&watch);
	if (!readable)
		FD_CLR((unsigned)reports[0], &watch.readable);
	channels_serve(&watch, settle);
}

/* The spawner says so much, and all of it is read. */
static inline void spawner_say(const void *data, size_t n)
{
	if (n && write(reports[1], data, n) != (ssize_t)n)
		abort();
	for (size_t i = 0; i <= n / 2048; i++)
		spawner_serve(1);
}

static inline void spawner_check_report(const char *report, slen n)
{
	if (n >= SPAWNER_LONGEST || memchr(report, '\0', n))
		abort();
}

#endif
