/* SPDX-License-Identifier: 0BSD */
/* Memory that is there or the process has dealt with its absence. */
#include "lib/str/alloc.h"

#include <stdlib.h>
#include <unistd.h>

static void give_up(void)
{
	_exit(111);
}

void (*alloc_failed)(void) = give_up;

void *alloc_grow(void *old, size_t size)
{
	void *p;

	while (!(p = realloc(old, size ? size : 1)))
		alloc_failed();
	return p;
}

void *alloc_get(size_t size)
{
	return alloc_grow(NULL, size);
}

void *alloc_one_more(void *list, slen count, slen *room, size_t size)
{
	slen more = *room / 2 + 16;

	if (count < *room)
		return list;
	if (more > SLEN_MAX - *room || *room + more > SIZE_MAX / size)
		alloc_never();
	*room += more;
	return alloc_grow(list, *room * size);
}

_Noreturn void alloc_never(void)
{
	alloc_failed();
	_exit(111);
}

void alloc_release(void *old)
{
	free(old);
}
