/* SPDX-License-Identifier: 0BSD */
/* queue/slots, queue/running, queue/ready, queue/wide, queue/spawn-command */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "queue/ready.h"
#include "queue/running.h"
#include "queue/slots.h"
#include "queue/spawn-command.h"
#include "queue/wide.h"
#include "harness.h"

static uint32_t noise = 1;

static size_t below(size_t n)
{
	noise = noise * 1664525 + 1013904223;
	return (noise >> 8) % n;
}

/* -- slots -- */

static void release(struct slots *slots)
{
	for (int i = 0; i < SLOTS_LEVELS; i++)
		free(slots->levels[i]);
}

static const size_t sizes[] = {1, 2, 31, 32, 33, 63, 64, 1023, 1024, 1025,
	32767, 32768, 32769, 65000, 130000, SLOTS_MAX};

TEST(slots_are_taken_from_0_upwards)
{
	struct slots slots;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		slots_init(&slots, sizes[i]);
		for (size_t n = 0; n < sizes[i]; n++)
			if (slots_take(&slots) != n)
				want_case(unit_label((long)sizes[i]), n, -1);
		release(&slots);
	}
}

TEST(the_lowest_free_slot_is_taken_as_a_walk_would_find_it)
{
	static char taken[130000];
	struct slots slots;

	for (size_t i = 0; i < COUNT(sizes) - 1; i++) {
		size_t used = 0;

		slots_init(&slots, sizes[i]);
		memset(taken, 0, sizeof taken);
		for (int turn = 0; turn < 3000; turn++) {
			size_t n = below(sizes[i]);

			if (taken[n]) {
				slots_give(&slots, n);
				taken[n] = 0;
				used--;
			} else if (used < sizes[i]) {
				size_t lowest = 0;

				while (taken[lowest])
					lowest++;
				want_case(unit_label((long)sizes[i]), lowest,
					slots_take(&slots));
				taken[lowest] = 1;
				used++;
			}
		}
		release(&slots);
	}
}

/* -- running -- */

TEST(deliveries_are_found_by_number_and_by_process)
{
	running_room(1000);
	assert_null(running_at(1000));
	assert_null(running_at((size_t)-1));
	want_num(0, running_count());
	/* pids that meet in the same chain: 7, 1007, 2007, ... */
	for (size_t i = 0; i < 1000; i++) {
		struct delivery *one = running_at(i);

		want_num(i, running_number(one));
		want_num(0, one->running);
		one->pid = (pid_t)(7 + 1000 * (i % 10) + i / 10);
		running_begin(one);
	}
	want_num(1000, running_count());
	assert_null(running_of(6));
	assert_null(running_of(10007));
	for (size_t step = 0; step < 1000; step++) {
		size_t i = step * 377 % 1000;
		pid_t pid = running_at(i)->pid;
		struct delivery *one = running_of(pid);

		assert_ptr_equal(running_at(i), one);
		want_num(0, one->pid);
		assert_null(running_of(pid));
		sa_cats(&one->text, "something");
		running_end(one);
		want_num(0, one->running);
		want_num(0, one->text.len);
	}
	want_num(0, running_count());
}

TEST(room_for_more_can_be_made_before_the_first_runs)
{
	running_room(120);
	assert_null(running_at(120));
	running_room(65000);
	assert_non_null(running_at(64999));
	assert_null(running_at(65000));
	running_at(64999)->pid = 5;
	running_begin(running_at(64999));
	assert_ptr_equal(running_at(64999), running_of(5));
	running_end(running_at(64999));
}

static int open_in_child(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int kept;

static void check_closed(void)
{
	running_close();
	for (size_t i = 0; i < 300; i++) {
		int fd = running_at(i)->output;

		if (fd >= 0 && open_in_child(fd))
			_exit(1);
	}
	_exit(open_in_child(kept) ? 0 : 2);
}

TEST(a_child_closes_the_outputs_of_the_others_and_nothing_else)
{
	int ends[2];

	running_room(300);
	assert_true(ready_open() >= 0);
	kept = dup(0);
	for (size_t i = 0; i < 300; i += 100) {
		assert_int_equal(0, pipe(ends));
		assert_int_equal(0, running_watch(running_at(i), ends[0]));
		running_at(i)->pid = (pid_t)(i + 1);
		running_begin(running_at(i));
		close(ends[1]);
	}
	running_drop(running_at(100));
	want_num(0, child_run(check_closed));
	close(kept);
}

/* -- ready -- */

static size_t served[256];
static int served_count;

static void note(size_t number)
{
	served[served_count++] = number;
}

TEST(only_those_that_are_ready_are_served)
{
	enum { PIPES = 200 };
	int ends[PIPES][2];
	int all = ready_open();
	struct pollfd set = {.fd = all, .events = POLLIN};

	for (size_t i = 0; i < PIPES; i++) {
		assert_int_equal(0, pipe(ends[i]));
		assert_int_equal(0, ready_add(ends[i][0], 1000 + i));
	}
	want_num(0, poll(&set, 1, 0));
	want_num(1, write(ends[150][1], "x", 1));
	close(ends[7][1]);
	want_num(1, poll(&set, 1, 0));
	served_count = 0;
	ready_serve(note);
	want_num(2, served_count);
	want_num(1150 + 1007, served[0] + served[1]);
	/* one that is removed is not served, even if another has it open */
	ready_remove(ends[150][0]);
	ready_remove(ends[7][0]);
	want_num(0, poll(&set, 1, 0));
	/* all at once come in turns */
	for (size_t i = 10; i < 110; i++)
		close(ends[i][1]);
	served_count = 0;
	for (int turn = 0; turn < 10; turn++) {
		int before = served_count;

		ready_serve(note);
		for (int i = before; i < served_count; i++)
			ready_remove(ends[served[i] - 1000][0]);
	}
	want_num(100, served_count);
	close(all);
	for (size_t i = 0; i < PIPES; i++)
		close(ends[i][0]);
}

/* -- the agreement -- */

TEST(an_answer_is_a_limit_and_words_or_an_error_report)
{
	const char *why = NULL;
	size_t limit = 0;

	want_num(1, wide_understand("W1000", &limit, &why));
	want_num(1000, limit);
	want_str("", why);
	want_num(1, wide_understand("W65000 because of it", &limit, &why));
	want_num(65000, limit);
	want_str("because of it", why);
	limit = 120;
	why = "before";
	want_num(0, wide_understand("ZInternal error", &limit, &why));
	want_num(0, wide_understand("D", &limit, &why));
	want_num(120, limit);
	want_str("before", why);
}

TEST(an_answer_that_makes_no_sense_is_none)
{
	static const char *const texts[] = {"", "W", "W0", "W65001", "W 5",
		"W5x", "W-5", "W+5", "W99999999999", "W18446744073709551617",
		"W00000000001", "K", "w5", "x"};
	const char *why;
	size_t limit;

	for (size_t i = 0; i < COUNT(texts); i++)
		want_case(
			texts[i], -1, wide_understand(texts[i], &limit, &why));
}

static struct spawn_command command;

static int give(const char *bytes, size_t n)
{
	int done = 0;

	for (size_t i = 0; i < n; i++)
		done += spawn_command_byte(&command, bytes[i]);
	return done;
}

TEST(a_request_is_understood_by_those_who_know_it)
{
	static const size_t wanted[] = {
		121, 255, 256, 1000, 65000, 65536, 4294967295};
	struct stralloc request = {0};

	for (size_t i = 0; i < COUNT(wanted); i++) {
		wide_put_request(&request, wanted[i]);
		want_num(1, give(request.s, request.len));
		want_num(wanted[i], wide_wanted(&command));
	}
	/* to all others it is out of range and no message */
	want_num(255, command.number);
	want_str("DInternal error: messid has nonnumerics. (#5.3.5)\n",
		spawn_command_fault(&command, &(slen){0}));
	wide_put_request(&request, 120);
	want_num(1, give(request.s, request.len));
	want_num(0, wide_wanted(&command));
	sa_free(&request);
	spawn_command_free(&command);
}

TEST(wide_numbers_have_the_high_byte_first_and_may_hold_NULs)
{
	static const size_t numbers[] = {
		0, 1, 10, 119, 255, 256, 2560, 32767, 32768, 64999, 65535};
	struct stralloc text = {0};
	struct outbuf out;

	command.wide = 1;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		sa_clear(&text);
		wide_cat_number(&text, 1, numbers[i]);
		want_num(2, text.len);
		want_num(numbers[i] / 256, (unsigned char)text.s[0]);
		want_num(numbers[i] % 256, (unsigned char)text.s[1]);
		want_num(numbers[i], wide_number(text.s, 1));
		sa_catb(&text, "1/2\0s\0r@h", 10);
		want_num(1, give(text.s, text.len));
		want_num(numbers[i], command.number);
		want_sa("1/2\0", &command.message);
		sink_start(&out);
		wide_put_number(&out, 1, numbers[i]);
		outbuf_flush(&out);
		want_bytes(NULL, text.s, 2, sink.s, sink.len);
	}
	spawn_command_free(&command);
	sa_free(&text);
}

TEST(narrow_numbers_are_one_byte)
{
	struct stralloc text = {0};

	wide_cat_number(&text, 0, 200);
	want_sa("\310", &text);
	want_num(200, wide_number(text.s, 0));
	want_num(1, give("\377\0\0\0", 4));
	want_num(255, command.number);
	spawn_command_free(&command);
	sa_free(&text);
}
