/* SPDX-License-Identifier: 0BSD */
/* lib/io/timeout */
#include "lib/io/timeout.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "harness.h"

static int ends[2];
static char byte;

static void connect_both(void)
{
	want_num(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}

static void close_both(void)
{
	close(ends[0]);
	close(ends[1]);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

TEST(bytes_that_are_there_are_read_at_once)
{
	char to[8];

	connect_both();
	want_num(3, write(ends[1], "abc", 3));
	want_num(3, timeout_read(60, ends[0], to, sizeof to));
	want_text("abc", to, 3);
	close_both();
}

TEST(end_of_file_is_no_timeout)
{
	char to[8];

	connect_both();
	close(ends[1]);
	want_num(0, timeout_read(60, ends[0], to, sizeof to));
	close(ends[0]);
}

TEST(silence_is_a_timeout_after_about_the_time)
{
	char to[8];
	double start = seconds();
	double spent;

	connect_both();
	want_num(-1, timeout_read(1, ends[0], to, sizeof to));
	want_num(ETIMEDOUT, errno);
	spent = seconds() - start;
	assert_true(spent > 0.9 && spent < 5);
	close_both();
}

TEST(no_time_or_less_counts_as_a_second)
{
	double start = seconds();

	connect_both();
	want_num(-1, timeout_read(0, ends[0], &byte, 1));
	want_num(ETIMEDOUT, errno);
	want_num(-1, timeout_read(-5, ends[0], &byte, 1));
	want_num(ETIMEDOUT, errno);
	assert_true(seconds() - start > 1.8);
	close_both();
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(signals_do_not_prolong_the_time)
{
	struct itimerval often = {{0, 200000}, {0, 200000}},
			 never = {{0, 0}, {0, 0}};
	double start = seconds();
	double spent;

	connect_both();
	sig_catch(SIGALRM, nothing);
	setitimer(ITIMER_REAL, &often, NULL);
	want_num(-1, timeout_read(2, ends[0], &byte, 1));
	want_num(ETIMEDOUT, errno);
	setitimer(ITIMER_REAL, &never, NULL);
	sig_default(SIGALRM);
	alarm(120);
	spent = seconds() - start;
	assert_true(spent > 0.9 && spent < 4);
	close_both();
}

TEST(a_long_time_is_waited_for_without_overflow)
{
	connect_both();
	want_num(1, write(ends[1], "x", 1));
	want_num(1, timeout_read(INT32_MAX, ends[0], &byte, 1));
	close_both();
}

TEST(writing_takes_what_fits_and_waits_for_room)
{
	static char much[1 << 20];

	connect_both();
	fd_nonblock(ends[0], 1);
	assert_true(timeout_write(60, ends[0], much, sizeof much) > 0);
	while (fd_write(ends[0], much, sizeof much) > 0)
		;
	want_num(-1, timeout_write(1, ends[0], much, 1));
	want_num(ETIMEDOUT, errno);
	close_both();
}

TEST(one_write_takes_no_more_than_a_blocking_descriptor_has_room_for)
{
	static char much[1 << 20];

	want_num(0, pipe(ends));
	want_num(PIPE_BUF, timeout_write(1, ends[1], much, sizeof much));
	while (timeout_write(1, ends[1], much, sizeof much) > 0)
		;
	want_num(ETIMEDOUT, errno);
	close_both();
}

TEST(a_peer_that_is_gone_is_an_error_not_a_timeout)
{
	connect_both();
	sig_ignore(SIGPIPE);
	close(ends[1]);
	want_num(0, timeout_writable(60, ends[0]));
	want_num(-1, timeout_write(60, ends[0], "x", 1));
	want_num(EPIPE, errno);
	sig_default(SIGPIPE);
	close(ends[0]);
}
