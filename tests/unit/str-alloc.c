/* SPDX-License-Identifier: 0BSD */
/* lib/str/alloc */
#include "lib/str/alloc.h"

#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static unsigned asked;

static void make_room(void)
{
	asked++;
}

TEST(no_bytes_are_still_memory)
{
	char *p = alloc_get(0);

	assert_non_null(p);
	*p = 'x';
	alloc_release(p);
	want_num(1, asked_allocation);
}

TEST(growing_keeps_what_is_there)
{
	char *p = alloc_get(3);

	memcpy(p, "abc", 3);
	p = alloc_grow(p, 100000);
	want_text("abc", p, 3);
	p[99999] = 'z';
	alloc_release(p);
}

TEST(growing_nothing_gets_memory)
{
	char *p = alloc_grow(NULL, 10);

	memset(p, 1, 10);
	alloc_release(p);
}

TEST(releasing_nothing_is_fine)
{
	alloc_release(NULL);
}

TEST(a_failure_is_told_and_then_tried_again)
{
	void (*before)(void) = alloc_failed;
	char *p;

	asked = 0;
	alloc_failed = make_room;
	fail_allocations = 3;
	p = alloc_get(5);
	alloc_failed = before;
	assert_non_null(p);
	want_num(3, asked);
	want_num(0, fail_allocations);
	alloc_release(p);
}

static void grow_with_none_left(void)
{
	fail_allocations = 1;
	alloc_get(1);
}

TEST(by_default_a_failure_ends_the_process_with_111)
{
	int status = child_run(grow_with_none_left);

	want_num(1, WIFEXITED(status));
	want_num(111, WEXITSTATUS(status));
}

TEST(a_list_gets_room_before_it_is_full_and_not_before)
{
	int *list = NULL;
	slen room = 0;

	for (slen count = 0; count < 1000; count++) {
		slen before = room;

		list = alloc_one_more(list, count, &room, sizeof *list);
		want_case(unit_label(count), count == before, room != before);
		assert_true(room > count);
		list[count] = (int)count;
	}
	for (int i = 0; i < 1000; i++)
		want_num(i, list[i]);
	alloc_release(list);
}

static void told_that_memory_is_short(void)
{
	asked++;
	if (write(2, "told ", 5) != 5)
		_exit(72);
}

static void pass_the_greatest_count(void)
{
	slen room = SLEN_MAX - 5;

	alloc_failed = told_that_memory_is_short;
	alloc_one_more(NULL, room, &room, 1);
}

static void pass_what_can_be_addressed(void)
{
	slen room = 100;

	alloc_failed = told_that_memory_is_short;
	alloc_one_more(NULL, room, &room, SIZE_MAX / 110);
}

TEST(a_list_that_cannot_grow_ends_the_process_after_alloc_failed)
{
	want_num(111 << 8, child_run(pass_the_greatest_count));
	want_sa("told ", &child_said);
	want_num(111 << 8, child_run(pass_what_can_be_addressed));
	want_sa("told ", &child_said);
}
