/* SPDX-License-Identifier: 0BSD */
/* queue/layout, queue/spawn-command, queue/clean, queue/retry, queue/schedule,
 * queue/routing */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/clean.h"
#include "queue/layout.h"
#include "queue/retry.h"
#include "queue/routing.h"
#include "queue/schedule.h"
#include "queue/spawn-command.h"
#include "harness.h"

TEST(message_numbers_are_split_over_23_directories)
{
	struct stralloc path = {0};

	want_str("mess/0/0", layout_split(&path, "mess", 0));
	want_str("mess/22/22", layout_split(&path, "mess", 22));
	want_str("info/0/23", layout_split(&path, "info", 23));
	want_str("local/15/123456", layout_split(&path, "local", 123456));
	want_str("todo/18446744073709551615",
		layout_flat(&path, "todo", 18446744073709551615UL));
	sa_free(&path);
}

/* -- commands to the spawners -- */

static struct spawn_command command;

#define give(literal) give_bytes(literal, sizeof(literal) - 1)
static int give_bytes(const char *bytes, size_t n)
{
	int done = 0;

	for (size_t i = 0; i < n; i++) {
		want_num(0, done);
		done = spawn_command_byte(&command, bytes[i]);
	}
	return done;
}

static void end_command(void)
{
	sa_free(&command.message);
	sa_free(&command.sender);
	sa_free(&command.recipient);
	memset(&command, 0, sizeof command);
}

TEST(a_command_is_a_number_and_three_strings)
{
	slen at;

	want_num(1,
		give("\7"
		     "12/34\0me@x\0you@y@z\0"));
	want_num(7, command.number);
	want_sa("12/34\0", &command.message);
	want_sa("me@x\0", &command.sender);
	want_sa("you@y@z\0", &command.recipient);
	assert_null(spawn_command_fault(&command, &at));
	want_num(5, at);
	/* the next one starts afresh; its number may be any byte */
	want_num(1,
		give("\0"
		     "1\0\0@\0"));
	want_num(0, command.number);
	want_sa("1\0", &command.message);
	want_sa("\0", &command.sender);
	assert_null(spawn_command_fault(&command, &at));
	want_num(0, at);
	end_command();
}

TEST(an_unfinished_command_is_none)
{
	want_num(0,
		give("\1"
		     "1\0s\0r@x"));
	want_num(1, give("\0"));
	end_command();
}

static const char *fault_of(const char *message, const char *recipient)
{
	slen at;

	end_command();
	want_num(0, give("\1"));
	give_bytes(message, strlen(message) + 1);
	give("s\0");
	give_bytes(recipient, strlen(recipient) + 1);
	return spawn_command_fault(&command, &at);
}

TEST(unsound_commands_have_their_reports)
{
	static const char nonnumeric[] =
		"DInternal error: messid has nonnumerics. (#5.3.5)\n";
	char longest[120];

	want_str(NULL, fault_of("0/1", "a@b"));
	want_str(nonnumeric, fault_of("../x", "a@b"));
	want_str(nonnumeric, fault_of("/1", "a@b"));
	want_str(nonnumeric, fault_of("1a", "a@b"));
	want_str(nonnumeric, fault_of("1.2", "a@b"));
	want_str(nonnumeric, fault_of("1:2", "a@b"));
	want_str("DInternal error: messid too short. (#5.3.5)\n",
		fault_of("", "a@b"));
	memset(longest, '1', sizeof longest);
	longest[99] = 0;
	want_str(NULL, fault_of(longest, "a@b"));
	longest[99] = '1';
	longest[100] = 0;
	want_str("DInternal error: messid too long. (#5.3.5)\n",
		fault_of(longest, "a@b"));
	want_str("DSorry, address must include host name. (#5.1.3)\n",
		fault_of("1", "ab"));
	want_str("DSorry, address must include host name. (#5.1.3)\n",
		fault_of("1", ""));
	end_command();
}

TEST(a_field_of_a_megabyte_is_not_kept_and_tried_again_later)
{
	static char large[(1 << 20) + 1];

	memset(large, 'a', sizeof large - 1);
	large[100] = '@';
	want_str(NULL, fault_of("1", large));
	large[sizeof large - 1] = 'a';
	end_command();
	give("\1"
	     "1\0s\0");
	give_bytes(large, sizeof large);
	want_num(1, give("\0"));
	assert_true(command.recipient.len <= sizeof large);
	want_str("Zqmail-spawn out of memory. (#4.3.0)\n",
		spawn_command_fault(&command, &(slen){0}));
	/* the next command is not blamed for it */
	want_str(NULL,
		(give("\1"
		      "1\0s\0a@b\0"),
			spawn_command_fault(&command, &(slen){0})));
	end_command();
}

TEST(a_message_must_be_a_regular_file_of_the_owners)
{
	const char *fault;
	int fd;

	scratch_enter();
	scratch_file("1/2", "x");
	mkdir("3", 0700);
	fault_of("1/2", "a@b");
	fd = spawn_command_open(&command, getuid(), &fault);
	assert_true(fd >= 0);
	assert_null(fault);
	close(fd);
	want_num(-1, spawn_command_open(&command, getuid() + 1, &fault));
	want_str("ZSorry, message has wrong owner. (#4.3.5)\n", fault);
	fault_of("3", "a@b");
	want_num(-1, spawn_command_open(&command, getuid(), &fault));
	want_str("ZSorry, message has wrong type. (#4.3.5)\n", fault);
	fault_of("4", "a@b");
	want_num(-1, spawn_command_open(&command, getuid(), &fault));
	want_str("Zqmail-spawn unable to open message. (#4.3.0)\n", fault);
	end_command();
}

/* -- qmail-clean -- */

#define clean(literal) clean_bytes(literal, sizeof(literal) - 1)
static const char *clean_bytes(const char *commands, size_t n)
{
	static char answers[64];
	int in, out;
	ssize_t got;

	scratch_write("commands", commands, n);
	in = open("commands", O_RDONLY);
	out = open("answers", O_RDWR | O_CREAT | O_TRUNC, 0600);
	want_num(0, clean_serve(in, out));
	got = pread(out, answers, sizeof answers - 1, 0);
	answers[got < 0 ? 0 : got] = 0;
	close(in);
	close(out);
	return answers;
}

static int there(const char *path)
{
	return access(path, F_OK) == 0;
}

TEST(foop_removes_intd_and_mess_and_todo_removes_intd_and_todo)
{
	scratch_enter();
	scratch_file("mess/1/24", "");
	scratch_file("intd/24", "");
	scratch_file("todo/24", "");
	want_str("+", clean("foop/24\0"));
	want_num(0, there("mess/1/24") + there("intd/24"));
	want_num(1, there("todo/24"));
	scratch_file("mess/1/24", "");
	scratch_file("intd/24", "");
	want_str("+", clean("todo/24\0"));
	want_num(0, there("todo/24") + there("intd/24"));
	want_num(1, there("mess/1/24"));
}

TEST(what_is_gone_is_as_good_as_removed_and_trouble_is_told)
{
	scratch_enter();
	mkdir("intd", 0700);
	mkdir("mess", 0700);
	want_str("++", clean("foop/24\0todo/1\0"));
	scratch_file("intd/24/x", "");
	scratch_file("mess/1/24", "");
	want_str("!", clean("foop/24\0"));
	want_num(1, there("mess/1/24"));
}

TEST(malformed_commands_are_refused_and_remove_nothing)
{
	scratch_enter();
	scratch_file("intd/24", "");
	want_str("x", clean("x\0"));
	want_str("x", clean("foop/\0"));
	want_str("x", clean("fooq/24\0"));
	want_str("x", clean("\0"));
	want_num('x', *clean("foop/x24\0"));
	want_num('x', *clean("foop/../24\0"));
	want_str("", clean("foop/24"));
	want_num(1, there("intd/24"));
}

TEST(files_in_pid_go_after_36_hours)
{
	scratch_enter();
	scratch_file("pid/old", "");
	scratch_age("pid/old", 10000000 - 129600, 10000000);
	scratch_file("pid/young", "");
	scratch_age("pid/young", 10000000 - 129599, 1);
	scratch_file("pid/.old", "");
	scratch_age("pid/.old", 1, 1);
	fixed_time = 10000000;
	want_str("", clean(""));
	fixed_time = 0;
	want_num(0, there("pid/old"));
	want_num(1, there("pid/young"));
	want_num(1, there("pid/.old"));
}

/* -- when to try again -- */

TEST(attempts_fall_at_squares_of_the_step)
{
	time_t t = 5000;

	for (int i = 0; i < 100; i++) {
		want_case(unit_label(i), 5000 + 400 * (time_t)i * i, t);
		t = retry_time(5000, t, RETRY_STEP_REMOTE);
	}
	want_num(5100, retry_time(5000, 5000, RETRY_STEP_LOCAL));
	want_num(5400, retry_time(5000, 5100, RETRY_STEP_LOCAL));
}

TEST(between_squares_the_lower_one_counts)
{
	want_num(100, retry_time(0, 0, 10));
	want_num(11 * 11, retry_time(0, 1, 10));
	want_num(11 * 11, retry_time(0, 3, 10));
	want_num(12 * 12, retry_time(0, 4, 10));
	want_num(12 * 12, retry_time(0, 8, 10));
	want_num(13 * 13, retry_time(0, 9, 10));
	want_num(109 * 109, retry_time(0, 9999, 10));
	want_num(110 * 110, retry_time(0, 10000, 10));
}

TEST(a_birth_in_the_future_counts_as_now)
{
	want_num(1100, retry_time(1000, 5, 10));
	want_num(1100, retry_time(1000, -5, 10));
}

TEST(an_age_of_a_century_still_has_a_next_attempt)
{
	want_num((56173LL + 20) * (56173 + 20), retry_time(0, 3155443200, 20));
}

/* -- the list of what is due -- */

TEST(the_earliest_comes_first_and_equals_come_in_order)
{
	struct schedule list = {0};
	static const time_t times[] = {50, 20, 90, 20, 10, 50, 20, 70, 10, 0};
	static const unsigned long order[] = {9, 4, 8, 1, 3, 6, 0, 5, 7, 2};

	assert_null(schedule_first(&list));
	for (size_t i = 0; i < COUNT(times); i++)
		schedule_add(&list, i, times[i]);
	for (size_t i = 0; i < COUNT(order); i++) {
		want_case(unit_label((long)i), order[i],
			schedule_first(&list)->id);
		schedule_remove_first(&list);
	}
	assert_null(schedule_first(&list));
	schedule_free(&list);
}

TEST(ten_thousand_entries_come_out_sorted)
{
	struct schedule list = {0};
	time_t before = 0;

	for (unsigned long i = 0; i < 10000; i++)
		schedule_add(&list, i, (time_t)(i * 7919 % 10007));
	for (int i = 0; i < 10000; i++) {
		assert_true(schedule_first(&list)->when >= before);
		before = schedule_first(&list)->when;
		schedule_remove_first(&list);
	}
	assert_null(schedule_first(&list));
	schedule_free(&list);
}

TEST(all_can_be_made_due_in_the_order_they_were_added)
{
	struct schedule list = {0};

	for (unsigned long i = 0; i < 50; i++)
		schedule_add(&list, i, (time_t)(i * 37 % 50));
	schedule_set_all(&list, 5);
	for (unsigned long i = 0; i < 50; i++) {
		want_num(5, schedule_first(&list)->when);
		want_case(unit_label((long)i), i, schedule_first(&list)->id);
		schedule_remove_first(&list);
	}
	schedule_free(&list);
}

/* -- where mail goes -- */

static void decide(
	const char *address, enum channel channel, const char *expected)
{
	struct stralloc out = {0};

	want_case(address, channel, routing_decide(&out, address));
	want_case_str(address, expected, out.s);
	sa_free(&out);
}

static void route_by_all_files(void)
{
	scratch_file("control/me", "me.example\n");
	scratch_file("control/envnoathost", "noat.example\n");
	scratch_file("control/locals", "here.example\nNOAT.example\n");
	scratch_file("control/percenthack", "hack.example\n");
	scratch_file("control/virtualdomains",
		"virt.example:joe\n"
		".wild.example:ann\nu@two.example:bob\nnot.virt.example:\n");
	want_num(0, routing_load());
	decide("a@here.example", CHANNEL_LOCAL, "a@here.example");
	decide("a@HERE.example", CHANNEL_LOCAL, "a@HERE.example");
	decide("a", CHANNEL_LOCAL, "a@noat.example");
	decide("", CHANNEL_LOCAL, "@noat.example");
	decide("a@x.here.example", CHANNEL_REMOTE, "a@x.here.example");
	decide("a@virt.example", CHANNEL_LOCAL, "joe-a@virt.example");
	decide("a@x.virt.example", CHANNEL_REMOTE, "a@x.virt.example");
	decide("a@x.y.wild.example", CHANNEL_LOCAL, "ann-a@x.y.wild.example");
	decide("a@wild.example", CHANNEL_REMOTE, "a@wild.example");
	decide("U@TWO.example", CHANNEL_LOCAL, "bob-U@TWO.example");
	decide("v@two.example", CHANNEL_REMOTE, "v@two.example");
	decide("a@not.virt.example", CHANNEL_REMOTE, "a@not.virt.example");
	decide("a%here.example@hack.example", CHANNEL_LOCAL, "a@here.example");
	decide("a%b%hack.example@hack.example", CHANNEL_REMOTE, "a@b");
	decide("a@hack.example", CHANNEL_REMOTE, "a@hack.example");
	decide("a%b@other", CHANNEL_REMOTE, "a%b@other");
	decide("a@b@here.example", CHANNEL_LOCAL, "a@b@here.example");
	decide("a@", CHANNEL_REMOTE, "a@");
	want_str("a@virt.example", routing_original("joe-a@virt.example"));
	want_str("bob-a@virt.example", routing_original("bob-a@virt.example"));
	want_str("joea@virt.example", routing_original("joea@virt.example"));
	want_str("a@x.wild.example", routing_original("ann-a@x.wild.example"));
	want_str("joe-a", routing_original("joe-a"));
	/* read again */
	scratch_file("control/locals", "new.example\n");
	scratch_file("control/virtualdomains", ":all\n");
	routing_reload();
	decide("a@new.example", CHANNEL_LOCAL, "a@new.example");
	decide("a@here.example", CHANNEL_LOCAL, "all-a@here.example");
	unlink("control/locals");
	routing_reload();
	decide("a@me.example", CHANNEL_LOCAL, "a@me.example");
	decide("a@new.example", CHANNEL_LOCAL, "all-a@new.example");
}

static void route_by_me(void)
{
	scratch_file("control/me", "me.example\n");
	want_num(0, routing_load());
	decide("a@me.example", CHANNEL_LOCAL, "a@me.example");
	decide("a", CHANNEL_LOCAL, "a@me.example");
	decide("a@b", CHANNEL_REMOTE, "a@b");
}

static void route_without_names(void)
{
	want_num(-1, routing_load());
}

static void route_with_no_locals(void)
{
	scratch_file("control/locals", "");
	want_num(0, routing_load());
	decide("a", CHANNEL_REMOTE, "a@envnoathost");
}

static void route_with_trouble(void)
{
	static const char *const files[] = {"control/me", "control/envnoathost",
		"control/locals", "control/percenthack",
		"control/virtualdomains"};

	for (size_t i = 0; i < COUNT(files); i++) {
		scratch_enter();
		scratch_file("control/me", "me\n");
		unlink("control/me");
		if (i)
			scratch_file("control/me", "me\n");
		mkdir(files[i], 0700);
		want_case(files[i], -1, routing_load());
	}
}

static void reload_with_trouble(void)
{
	scratch_file("control/locals", "here\n");
	scratch_file("control/virtualdomains", "v:joe\n");
	want_num(0, routing_load());
	unlink("control/virtualdomains");
	mkdir("control/virtualdomains", 0700);
	scratch_file("control/locals", "there\n");
	close(0);
	routing_reload();
	decide("a@here", CHANNEL_LOCAL, "a@here");
	decide("a@v", CHANNEL_LOCAL, "joe-a@v");
	decide("a@there", CHANNEL_REMOTE, "a@there");
}

#define TEST_IN_CHILD(name, job)                                               \
	TEST(name)                                                             \
	{                                                                      \
		scratch_enter();                                               \
		want_num(0, child_run(job));                                   \
	}

TEST_IN_CHILD(
	locals_virtual_domains_and_the_percent_hack_decide, route_by_all_files)
TEST_IN_CHILD(me_stands_in_for_locals, route_by_me)
TEST_IN_CHILD(without_me_and_locals_nothing_can_be_decided, route_without_names)
TEST_IN_CHILD(empty_locals_make_everything_remote, route_with_no_locals)
TEST_IN_CHILD(an_unreadable_file_is_trouble, route_with_trouble)
TEST_IN_CHILD(after_a_failed_reload_everything_stays, reload_with_trouble)
