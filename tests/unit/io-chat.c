/* SPDX-License-Identifier: 0BSD */
/* lib/io/chat */
#include "lib/io/chat.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

static struct chat chat;
static char *verb, *arg;

/* A client that sent these bytes and hung up. */
#define client(literal, step) client_sends(literal, sizeof(literal) - 1, step)
static void client_sends(const char *bytes, size_t n, size_t step)
{
	struct outbuf unused;

	sink_start(&unused);
	chat_init(&chat, -1, -1, 60);
	feed_set(bytes, n, step);
	chat.in.op = feed_read;
	chat.out.op = sink_write;
}

static void want_command(const char *expected_verb, const char *expected_arg)
{
	want_num(1, chat_command(&chat, &verb, &arg));
	want_str(expected_verb, verb);
	want_str(expected_arg, arg);
}

TEST(a_command_ends_at_lf_or_crlf)
{
	client("NOOP\r\nQUIT\n", 1);
	want_command("NOOP", "");
	want_command("QUIT", "");
	want_num(0, chat_command(&chat, &verb, &arg));
	sa_free(&chat.line);
}

TEST(only_one_cr_belongs_to_the_line_end)
{
	client("A\r\r\nB\rC\n\r\n", 99);
	want_command("A\r", "");
	want_command("B\rC", "");
	want_command("", "");
	sa_free(&chat.line);
}

TEST(the_argument_begins_behind_all_spaces)
{
	client("MAIL  FROM:<a b>  \nRCPT\tTO\nHELO \n x y\n", 99);
	want_command("MAIL", "FROM:<a b>  ");
	want_command("RCPT\tTO", "");
	want_command("HELO", "");
	want_command("", "x y");
	sa_free(&chat.line);
}

TEST(a_command_counts_up_to_its_first_nul)
{
	client("HE\0LO x\nRCPT a\0b\nNEXT c\n", 99);
	want_command("HE", "");
	want_command("RCPT", "a");
	want_command("NEXT", "c");
	sa_free(&chat.line);
}

TEST(an_unfinished_line_is_dropped)
{
	client("NOOP\nQUI", 3);
	want_command("NOOP", "");
	want_num(0, chat_command(&chat, &verb, &arg));
	sa_free(&chat.line);
}

TEST(a_line_longer_than_the_buffer_comes_whole)
{
	static char text[20002];

	memset(text, 'x', 20000);
	memcpy(text + 3, " ", 1);
	memcpy(text + 20000, "\r\n", 2);
	client_sends(text, sizeof text, 4096);
	want_num(1, chat_command(&chat, &verb, &arg));
	want_str("xxx", verb);
	want_num(20000 - 4, strlen(arg));
	sa_free(&chat.line);
}

TEST(replies_to_commands_that_came_together_leave_together)
{
	client("ONE\nTWO\n", 99);
	want_command("ONE", "");
	outbuf_puts(&chat.out, "1");
	want_num(0, sink_calls);
	want_command("TWO", "");
	outbuf_puts(&chat.out, "2");
	want_num(0, sink_calls);
	want_num(0, chat_command(&chat, &verb, &arg));
	want_sa("12", &sink);
	want_num(1, sink_calls);
	sa_free(&chat.line);
}

TEST(a_reply_that_cannot_be_written_ends_the_reading)
{
	client("ONE\n", 99);
	want_command("ONE", "");
	sink_limit = 0;
	sink_error = EPIPE;
	outbuf_puts(&chat.out, "1");
	want_num(-1, chat_command(&chat, &verb, &arg));
	want_num(EPIPE, errno);
	sa_free(&chat.line);
}

TEST(a_failed_read_is_told)
{
	client("ON", 99);
	feed_error = ECONNRESET;
	want_num(-1, chat_command(&chat, &verb, &arg));
	want_num(ECONNRESET, errno);
	sa_free(&chat.line);
}

TEST(a_silent_client_takes_too_long_and_gets_its_replies)
{
	char got[32];
	int ends[2];

	want_num(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	chat_init(&chat, ends[0], ends[0], 1);
	outbuf_puts(&chat.out, "220 hello\r\n");
	want_num(-1, chat_command(&chat, &verb, &arg));
	want_num(ETIMEDOUT, errno);
	want_num(11, read(ends[1], got, sizeof got));
	close(ends[0]);
	close(ends[1]);
	sa_free(&chat.line);
}
