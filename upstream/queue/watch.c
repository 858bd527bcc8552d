/* SPDX-License-Identifier: 0BSD */
/* Waiting for descriptors, the clock and signals. */
#include "queue/watch.h"

#include "lib/io/proc.h"

/* The longest sleep, in seconds. */
enum { LONG_SLEEP = 86400 };

struct requests requests;

static void note(int sig)
{
	switch (sig) {
	case SIGTERM:
		requests.stop = 1;
		break;
	case SIGALRM:
		requests.hurry = 1;
		break;
	default:
		requests.reread = 1;
	}
}

void requests_catch(void)
{
	static const int caught[] = {SIGTERM, SIGALRM, SIGHUP};

	for (size_t i = 0; i < sizeof caught / sizeof *caught; ++i) {
		sig_catch(caught[i], note);
		sig_unblock(caught[i]);
	}
}

void watch_begin(struct watch *watch, time_t now)
{
	FD_ZERO(&watch->readable);
	FD_ZERO(&watch->writable);
	watch->fds = 0;
	watch->until = now + LONG_SLEEP;
	watch->stopping = requests.stop;
}

static void add(struct watch *watch, fd_set *set, int fd)
{
	FD_SET((unsigned)fd, set);
	if (watch->fds <= fd)
		watch->fds = fd + 1;
}

void watch_read(struct watch *watch, int fd)
{
	add(watch, &watch->readable, fd);
}

void watch_write(struct watch *watch, int fd)
{
	add(watch, &watch->writable, fd);
}

void watch_until(struct watch *watch, time_t when)
{
	if (watch->until > when)
		watch->until = when;
}

void watch_sleep(struct watch *watch, time_t now)
{
	struct timespec left = {0};
	sigset_t held;
	sigset_t free;

	/* Signals are let in only by pselect(), so that none slips in between
	 * the look at the requests and the sleep. */
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGALRM);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_BLOCK, &held, &free);
	if (watch->until > now && requests.stop == watch->stopping &&
		!requests.hurry && !requests.reread)
		left.tv_sec = watch->until - now;
	if (pselect(watch->fds, &watch->readable, &watch->writable, NULL, &left,
		    &free) < 0) {
		FD_ZERO(&watch->readable);
		FD_ZERO(&watch->writable);
	}
	sigprocmask(SIG_SETMASK, &free, NULL);
}

int watch_readable(const struct watch *watch, int fd)
{
	return FD_ISSET((unsigned)fd, &watch->readable);
}

int watch_writable(const struct watch *watch, int fd)
{
	return FD_ISSET((unsigned)fd, &watch->writable);
}
