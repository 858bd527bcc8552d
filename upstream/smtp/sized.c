/* SPDX-License-Identifier: 0BSD */
/* Handing a message to the queue up to a limit of its size. */
#include "smtp/sized.h"

int sized_open(struct sized_submit *sub, uint32_t limit)
{
	sub->limit = limit;
	sub->left = limit;
	sub->too_big = 0;
	return submit_open(&sub->queue);
}

void sized_refuse(struct sized_submit *sub)
{
	sub->too_big = 1;
	submit_fail(&sub->queue);
}

void sized_put(struct sized_submit *sub, const char *from, size_t n)
{
	size_t fits = n;

	if (sub->limit) {
		if (n > sub->left)
			fits = sub->left;
		sub->left -= (uint32_t)fits;
	}
	submit_put(&sub->queue, from, fits);
	if (fits < n)
		sized_refuse(sub);
}
