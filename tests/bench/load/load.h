/* SPDX-License-Identifier: 0BSD */
/* What the load programs share: a clock, percentiles, epoll. */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

/* Seconds of CLOCK_MONOTONIC, the same clock for every process of a machine. */
static inline double load_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline int load_order(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static inline double load_at(const double *seconds, long n, double share)
{
	long i = (long)((double)n * share);

	if (!n)
		return 0;
	return seconds[i < n ? i : n - 1] * 1e3;
}

/* Members of a JSON object: milliseconds at some percentiles. Sorts its input. */
static inline void load_tell(const char *name, double *seconds, long n)
{
	qsort(seconds, (size_t)n, sizeof *seconds, load_order);
	printf(", \"%s_n\": %ld, \"%s_p50\": %.3f, \"%s_p99\": %.3f, "
	       "\"%s_max\": %.3f",
		name, n, name, load_at(seconds, n, .5), name,
		load_at(seconds, n, .99), name, load_at(seconds, n, 1));
}

static inline void *load_room(size_t n, size_t size)
{
	void *room = calloc(n, size);

	if (!room) {
		fprintf(stderr, "load: out of memory\n");
		exit(111);
	}
	return room;
}

static inline struct sockaddr_in load_address(const char *port)
{
	struct sockaddr_in a;

	memset(&a, 0, sizeof a);
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((unsigned short)atoi(port));
	return a;
}

static inline void load_no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* OP is EPOLL_CTL_ADD or _MOD; OUT 1: room for output counts as well; -1: only the
 * connection's end counts. */
static inline void load_watch(int ep, int op, int fd, unsigned id, int out)
{
	struct epoll_event e;

	memset(&e, 0, sizeof e);
	e.events = out < 0 ? 0 : EPOLLIN | (out ? EPOLLOUT : 0);
	e.data.u32 = id;
	epoll_ctl(ep, op, fd, &e);
}

#endif
