/* SPDX-License-Identifier: 0BSD */
/* Reading and writing with a time limit. */
#include "lib/io/timeout.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "lib/io/fd.h"

/* poll(2) counts in milliseconds; one call waits no longer than an hour. */
enum { LONGEST_POLL = 3600 };

long timeout_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec;
}

static int await(long seconds, int fd, short events)
{
	struct pollfd want = {.fd = fd, .events = events};
	long start = timeout_clock();
	long limit = seconds > 0 ? seconds : 1;
	long left = limit;
	int r;

	/* no sum of times here: seconds may be any number */
	do {
		if (left > LONGEST_POLL)
			left = LONGEST_POLL;
		r = poll(&want, 1, (int)left * 1000);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -1;
		left = limit - (timeout_clock() - start);
	} while (left > 0);
	errno = ETIMEDOUT;
	return -1;
}

int timeout_writable(long seconds, int fd)
{
	return await(seconds, fd, POLLOUT);
}

ssize_t timeout_read(long seconds, int fd, void *to, size_t n)
{
	return await(seconds, fd, POLLIN) < 0 ? -1 : fd_read(fd, to, n);
}

ssize_t timeout_write(long seconds, int fd, const void *from, size_t n)
{
	/* so much fits at once if anything does; more would make a descriptor
	 * that blocks wait for as long as the peer likes */
	if (n > PIPE_BUF)
		n = PIPE_BUF;
	return timeout_writable(seconds, fd) < 0 ? -1 : fd_write(fd, from, n);
}
