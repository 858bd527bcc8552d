/* SPDX-License-Identifier: 0BSD */
/* lib/io/chat-limits, lib/io/deadline, lib/mail/number, lib/mail/peerlog,
 * smtp/shape */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "lib/io/chat.h"
#include "lib/io/deadline.h"
#include "lib/io/timeout.h"
#include "lib/mail/number.h"
#include "lib/mail/peerlog.h"
#include "smtp/shape.h"

/* -- command lines -- */

static struct chat chat;
static char *verb, *arg;

static void client_sends(
	const char *bytes, size_t n, size_t step, uint64_t limit)
{
	struct outbuf unused;

	sink_start(&unused);
	chat_init(&chat, -1, -1, 60);
	feed_set(bytes, n, step);
	chat.in.op = feed_read;
	chat.out.op = sink_write;
	chat.limits.line = limit;
}

static void want_command(const char *want_verb, const char *want_arg, int over)
{
	want_num(1, chat_command(&chat, &verb, &arg));
	want_str(want_verb, verb);
	want_str(want_arg, arg);
	want_num(over, chat.limits.over);
}

TEST(a_line_over_the_limit_is_dropped_whole_wherever_it_is_cut)
{
	static const char sent[] = "12345678\r\n123456789\r\n"
				   "1234567890 MAIL FROM:<a@b>\r\nQUIT\r\n"
				   "123456789\n1234567890\nEND\n";

	for (size_t step = 1; step < sizeof sent; step++) {
		client_sends(sent, sizeof sent - 1, step, 10);
		want_command("12345678", "", 0);
		want_command("", "", 1);
		want_command("", "", 1);
		want_command("QUIT", "", 0);
		want_command("123456789", "", 0);
		want_command("", "", 1);
		want_command("END", "", 0);
		want_num(0, chat_command(&chat, &verb, &arg));
		assert_true(chat.line.cap < 100);
		sa_free(&chat.line);
	}
}

TEST(without_a_limit_a_line_is_as_long_as_it_comes)
{
	static char text[50002];

	memset(text, 'x', 50000);
	memcpy(text + 50000, "\r\n", 2);
	client_sends(text, sizeof text, 4096, 0);
	want_num(1, chat_command(&chat, &verb, &arg));
	want_num(50000, strlen(verb));
	want_num(0, chat.limits.over);
	sa_free(&chat.line);
}

TEST(a_limit_of_a_line_ends_with_the_conversation)
{
	client_sends("NOOP\n", 5, 9, 1);
	want_command("", "", 1);
	sa_free(&chat.line);
	client_sends("NOOP\n", 5, 9, 0);
	want_command("NOOP", "", 0);
	sa_free(&chat.line);
}

/* -- the deadline -- */

TEST(past_the_deadline_nothing_is_read_but_a_last_reply_is_written)
{
	char got[8];
	int ends[2];

	want_num(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	want_num(2, write(ends[1], "ab", 2));
	deadline_set(timeout_clock() - 1);
	want_num(1, deadline_passed());
	errno = 0;
	want_num(-1, deadline_read(60, ends[0], got, sizeof got));
	want_num(ETIMEDOUT, errno);
	want_num(3, deadline_write(60, ends[0], "bye", 3));
	want_num(3, read(ends[1], got, sizeof got));
	deadline_set(0);
	want_num(0, deadline_passed());
	want_num(2, deadline_read(60, ends[0], got, sizeof got));
	close(ends[0]);
	close(ends[1]);
}

TEST(before_the_deadline_the_shorter_of_two_limits_holds)
{
	long start = timeout_clock();
	char got[8];
	int ends[2];

	want_num(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	deadline_set(deadline_in(1));
	want_num(0, deadline_passed());
	want_num(-1, deadline_read(600, ends[0], got, sizeof got));
	want_num(ETIMEDOUT, errno);
	assert_true(timeout_clock() - start >= 1);
	deadline_set(deadline_in(600));
	want_num(-1, deadline_read(1, ends[0], got, sizeof got));
	want_num(0, deadline_passed());
	assert_true(timeout_clock() - start < 300);
	deadline_set(0);
	close(ends[0]);
	close(ends[1]);
}

TEST(any_number_of_seconds_can_be_counted_with)
{
	want_num(0, deadline_seconds(0));
	want_num(7, deadline_seconds(7));
	want_num(1000000000, deadline_seconds(UINT64_MAX));
	assert_true(deadline_in(deadline_seconds(UINT64_MAX)) > timeout_clock());
}

/* -- numbers -- */

TEST(a_number_is_1_to_15_digits_and_nothing_else)
{
	static const char *const wrong[] = {"", " ", "x", "1x", "x1", " 1",
		"1 ", "-1", "+1", "1.0", "0x1", "1000000000000000", "\n"};
	static const struct {
		const char *text;
		uint64_t number;
	} right[] = {{"0", 0}, {"00", 0}, {"7", 7}, {"007", 7},
		{"4294967296", 4294967296}, {"999999999999999", 999999999999999}};
	uint64_t value = 5;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		errno = 0;
		want_case(wrong[i], -1,
			number_parse(&value, wrong[i], strlen(wrong[i])));
		want_case(wrong[i], EINVAL, errno);
		want_case(wrong[i], 5, value);
	}
	want_num(-1, number_parse(&value, "1\0", 2));
	for (size_t i = 0; i < COUNT(right); i++) {
		want_case(right[i].text, 0,
			number_parse(&value, right[i].text,
				strlen(right[i].text)));
		want_case(right[i].text, right[i].number, value);
	}
}

TEST(a_variable_goes_before_the_file)
{
	uint64_t value = 5;

	unsetenv("X_LIMIT");
	want_num(0, number_setting(&value, "there-is-no-such-file", "X_LIMIT"));
	want_num(5, value);
	want_num(0, number_setting(&value, "there-is-no-such-file", NULL));
	setenv("X_LIMIT", "12", 1);
	want_num(1, number_setting(&value, "there-is-no-such-file", "X_LIMIT"));
	want_num(12, value);
	setenv("X_LIMIT", "", 1);
	want_num(-1, number_setting(&value, "there-is-no-such-file", "X_LIMIT"));
	unsetenv("X_LIMIT");
}

/* -- the log -- */

static void log_odd_words(void)
{
	setenv("TCPREMOTEIP", "\x1b[1m::1\r\n\xff", 1);
	peerlog("server", "one\n", "two\t", "\x7f", NULL);
}

static void log_much(void)
{
	static char words[1000];

	memset(words, 'w', sizeof words - 1);
	setenv("TCPREMOTEIP", words, 1);
	errno = EBADF;
	peerlog("server", words, words, NULL);
	if (errno != EBADF)
		_exit(71);
}

TEST(a_line_of_the_log_is_one_line_of_printable_ascii)
{
	char *from;

	want_num(0, child_run(log_odd_words));
	from = strstr(sa_cstr(&child_said), " from ");
	assert_non_null(from);
	want_str(" from ?[1m::1???: one?two??\n", from);
	want_num(0, strncmp(child_said.s, "server: pid ", 12));
	want_num(0, child_run(log_much));
	want_num(PEERLOG_MAX, child_said.len);
	want_num('\n', child_said.s[PEERLOG_MAX - 1]);
}

/* -- the shape of a message -- */

static const struct {
	const char *text;
	uint64_t header, lines, longest;
} shapes[] = {
	{".\r\n", 0, 0, 0},
	{"\r\n.\r\n", 0, 0, 0},
	{"A: b\r\n\r\n.\r\n", 6, 1, 6},
	{"A: b\r\n.\r\n", 6, 1, 6},
	{"A: b\r\n c\r\nD: e\r\n\r\nbody is long\r\n.\r\n", 16, 3, 14},
	{"..A\r\n.\r\n", 4, 1, 4},
	{".A\r\n\r\n..\r\n.\r\n", 3, 1, 3},
	{"\r\r\n\r\n.\r\n", 3, 1, 3},
	{"\ra\r\n\r\n.\r\n", 4, 1, 4},
	{"a\r\n\r\n\r\nb\r\n\r\n.\r\n", 3, 1, 3},
	{"\r\nA: b\r\n\r\n.\r\n", 0, 0, 6},
};

TEST(header_and_lines_have_their_lengths_however_they_arrive)
{
	for (size_t i = 0; i < COUNT(shapes); i++) {
		size_t n = strlen(shapes[i].text);

		for (size_t step = 1; step <= n; step++) {
			struct smtp_shape shape = {0};

			for (size_t at = 0; at < n; at += step)
				smtp_shape_scan(&shape, shapes[i].text + at,
					n - at < step ? n - at : step);
			want_case(shapes[i].text, shapes[i].header,
				shape.header);
			want_case(shapes[i].text, shapes[i].lines, shape.lines);
			want_case(shapes[i].text, shapes[i].longest,
				shape.longest);
		}
	}
}

TEST(a_line_without_end_counts_before_it_ends)
{
	struct smtp_shape shape = {0};

	smtp_shape_scan(&shape, "..", 2);
	want_num(0, shape.header);
	for (int i = 0; i < 1000; i++)
		smtp_shape_scan(&shape, "xxxxxxxxxx", 10);
	want_num(10001, shape.header);
	want_num(10001, shape.longest);
	want_num(0, shape.lines);
}
