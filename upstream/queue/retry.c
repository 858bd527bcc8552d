/* SPDX-License-Identifier: 0BSD */
/* When a deferred message is tried again. */
#include "queue/retry.h"

/* The largest number whose square is at most n; n is not negative. */
static time_t whole_root(time_t n)
{
	time_t root = n;

	/* Newton's method, from above: it falls until it is there. */
	while (root > 1 && root > n / root)
		root = (root + n / root) / 2;
	return root;
}

time_t retry_time(time_t birth, time_t now, time_t step)
{
	time_t root = now > birth ? whole_root(now - birth) : 0;

	root += step;
	return birth + root * root;
}
