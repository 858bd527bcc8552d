/* SPDX-License-Identifier: 0BSD */
/* A list of messages, each with the time when something is due for it: the
 * earliest is at hand at any time. */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include <stddef.h>
#include <time.h>

struct schedule_entry {
	time_t when;
	unsigned long id;
	unsigned long turn; /* of equal times, the first added comes first */
};

/* A zeroed struct is an empty list. */
struct schedule {
	/* no entry is later than those at 2i+1 and 2i+2 */
	struct schedule_entry *heap;
	size_t count;
	size_t room;
	unsigned long turns;
};

/* Adds a message. */
void schedule_add(struct schedule *list, unsigned long id, time_t when);

/* The earliest entry, or null. It stays until the list is changed. */
const struct schedule_entry *schedule_first(const struct schedule *list);

/* Removes the earliest entry of a list that is not empty. */
void schedule_remove_first(struct schedule *list);

/* Makes every entry due at the same time. */
void schedule_set_all(struct schedule *list, time_t when);

/* Frees the memory; the list is empty and usable again. */
void schedule_free(struct schedule *list);

#endif
