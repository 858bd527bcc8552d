/* SPDX-License-Identifier: 0BSD */
/* Memory that is there or the process has dealt with its absence. */
#ifndef STR_ALLOC_H
#define STR_ALLOC_H

#include <stddef.h>

#include "lib/str/slen.h"

/* Called when memory is short. It either ends the process, or returns after
 * making room or waiting, and the allocation is tried again. Each program sets
 * its own; the default ends the process with exit code 111. */
extern void (*alloc_failed)(void);

/* Returns size bytes of memory (at least one); never a null pointer. */
void *alloc_get(size_t size);

/* Returns old (which may be null) moved to or grown to size bytes; never
 * null. */
void *alloc_grow(void *old, size_t size);

/* Sees to it that a list of count elements, of size bytes each, which has room
 * for *room, can take one more. Returns the list, moved if need be, and renews
 * *room. A list that would pass SLEN_MAX elements or the memory that can be
 * addressed ends the process as alloc_never() does. */
void *alloc_one_more(void *list, slen count, slen *room, size_t size);

/* For a size that can never be had: calls alloc_failed(), and ends the process
 * with exit code 111 if that returns, since trying again cannot help. */
_Noreturn void alloc_never(void);

/* Frees what alloc_get() or alloc_grow() returned; null is fine. */
void alloc_release(void *old);

#endif
