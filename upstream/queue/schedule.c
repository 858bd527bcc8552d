/* SPDX-License-Identifier: 0BSD */
/* A list of messages, the earliest first: a binary heap. */
#include "queue/schedule.h"

#include "lib/str/alloc.h"

static int before(
	const struct schedule_entry *a, const struct schedule_entry *b)
{
	return a->when < b->when || (a->when == b->when && a->turn < b->turn);
}

static void swap(struct schedule_entry *a, struct schedule_entry *b)
{
	struct schedule_entry kept = *a;

	*a = *b;
	*b = kept;
}

static void rise(struct schedule *list, size_t i)
{
	for (size_t up; i; i = up) {
		up = (i - 1) / 2;
		if (!before(&list->heap[i], &list->heap[up]))
			return;
		swap(&list->heap[i], &list->heap[up]);
	}
}

static void sink(struct schedule *list, size_t i)
{
	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2; ++k)
			if (k < list->count &&
				before(&list->heap[k], &list->heap[least]))
				least = k;
		if (least == i)
			return;
		swap(&list->heap[i], &list->heap[least]);
		i = least;
	}
}

void schedule_add(struct schedule *list, unsigned long id, time_t when)
{
	if (list->count == list->room) {
		size_t room = list->room + list->room / 2 + 64;

		list->heap = alloc_grow(list->heap, room * sizeof *list->heap);
		list->room = room;
	}
	list->heap[list->count] = (struct schedule_entry){
		.when = when, .id = id, .turn = list->turns++};
	rise(list, list->count++);
}

const struct schedule_entry *schedule_first(const struct schedule *list)
{
	return list->count ? list->heap : NULL;
}

void schedule_remove_first(struct schedule *list)
{
	list->heap[0] = list->heap[--list->count];
	sink(list, 0);
}

void schedule_set_all(struct schedule *list, time_t when)
{
	for (size_t i = 0; i < list->count; ++i)
		list->heap[i].when = when;
	/* now only turns count: heap order for them has to be made anew */
	for (size_t i = 1; i < list->count; ++i)
		rise(list, i);
}

void schedule_free(struct schedule *list)
{
	alloc_release(list->heap);
	*list = (struct schedule){0};
}
