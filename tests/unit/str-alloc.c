/* SPDX-License-Identifier: 0BSD */
/* lib/str/alloc */
#include "lib/str/alloc.h"

#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

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
