/* SPDX-License-Identifier: 0BSD */
/* smtp/netstring */
#include "smtp/netstring.h"

#include <errno.h>

#include "harness.h"

static struct chat chat;
static struct netstrings in;
static struct stralloc text;
static uint64_t length;

#define client(literal, step) client_sends(literal, sizeof(literal) - 1, step)
static void client_sends(const char *bytes, size_t n, size_t step)
{
	struct outbuf unused;

	sink_start(&unused);
	chat_init(&chat, -1, -1, 60);
	feed_set(bytes, n, step);
	chat.in.op = feed_read;
	chat.out.op = sink_write;
	in = (struct netstrings){&chat, NETSTRING_UNBOUND, NETSTRING_FINE};
	length = 77;
}

TEST(a_netstring_is_length_colon_bytes_comma)
{
	for (size_t step = 1; step < 12; step++) {
		client("5:hello,0:,", step);
		want_num(0, netstring_length(&in, &length));
		want_num(5, length);
		want_num(1, netstring_text(&in, length, 100, &text));
		want_sa("hello", &text);
		want_num(0, netstring_comma(&in));
		want_num(0, netstring_length(&in, &length));
		want_num(0, length);
		want_num(1, netstring_text(&in, 0, 100, &text));
		want_sa("", &text);
		want_num(0, netstring_comma(&in));
		want_num(NETSTRING_FINE, in.fault);
		want_num(-1, netstring_length(&in, &length));
		want_num(NETSTRING_CUT, in.fault);
	}
	sa_free(&text);
}

TEST(zeros_in_front_and_no_digits_at_all_are_taken)
{
	client("007:", 9);
	want_num(0, netstring_length(&in, &length));
	want_num(7, length);
	client(":", 9);
	want_num(0, netstring_length(&in, &length));
	want_num(0, length);
}

TEST(a_length_is_too_long_once_it_passed_its_limit)
{
	client("200000000:", 99);
	want_num(0, netstring_length(&in, &length));
	want_num(200000000, length);
	client("2000000000:", 99);
	want_num(0, netstring_length(&in, &length));
	want_num(2000000000, length);
	client("2000000010:", 99);
	want_num(-1, netstring_length(&in, &length));
	want_num(NETSTRING_TROUBLE, in.fault);
	client("20000000000:", 99);
	want_num(-1, netstring_length(&in, &length));
	want_num(NETSTRING_TROUBLE, in.fault);
	client("99999999999999999999999999:", 99);
	want_num(-1, netstring_length(&in, &length));
	want_num(NETSTRING_TROUBLE, in.fault);
}

TEST(a_length_below_zero_is_too_long)
{
	client("-1:", 99);
	want_num(-1, netstring_length(&in, &length));
	want_num(NETSTRING_TROUBLE, in.fault);
	client("/:", 99);
	want_num(-1, netstring_length(&in, &length));
	want_num(NETSTRING_TROUBLE, in.fault);
}

TEST(a_missing_comma_is_broken)
{
	client("x", 99);
	want_num(-1, netstring_comma(&in));
	want_num(NETSTRING_BROKEN, in.fault);
	client("", 99);
	want_num(-1, netstring_comma(&in));
	want_num(NETSTRING_CUT, in.fault);
}

TEST(a_text_that_ends_early_is_cut)
{
	client("abc", 2);
	want_num(-1, netstring_text(&in, 4, 100, &text));
	want_num(NETSTRING_CUT, in.fault);
	sa_free(&text);
}

TEST(a_text_over_the_limit_is_dropped_whole)
{
	client("abcdef,", 2);
	want_num(0, netstring_text(&in, 6, 5, &text));
	want_sa("", &text);
	want_num(0, netstring_comma(&in));
	client("abcdef,", 2);
	want_num(1, netstring_text(&in, 6, 6, &text));
	want_sa("abcdef", &text);
	sa_free(&text);
}

TEST(a_text_with_a_nul_is_not_sound)
{
	client("a\0b,", 9);
	want_num(0, netstring_text(&in, 3, 9, &text));
	want_num(0, netstring_comma(&in));
	sa_free(&text);
}

TEST(a_netstring_cannot_reach_out_of_the_one_around_it)
{
	client("3:abc,rest", 99);
	in.left = 6;
	want_num(0, netstring_length(&in, &length));
	want_num(1, netstring_text(&in, length, 9, &text));
	want_num(0, netstring_comma(&in));
	want_num(0, in.left);
	client("9:abc,rest", 99);
	in.left = 6;
	want_num(0, netstring_length(&in, &length));
	want_num(-1, netstring_text(&in, length, 9, &text));
	want_num(NETSTRING_BROKEN, in.fault);
	sa_free(&text);
}

TEST(a_piece_is_never_more_than_asked_or_buffered)
{
	const char *from;

	client("abcdefgh", 5);
	want_num(3, netstring_piece(&in, 3, &from));
	want_text("abc", from, 3);
	want_num(2, netstring_piece(&in, 100, &from));
	want_text("de", from, 2);
	want_num(NETSTRING_UNBOUND, in.left);
	in.left = 2;
	want_num(2, netstring_piece(&in, 100, &from));
	want_text("fg", from, 2);
}

TEST(the_first_fault_stays_and_everything_fails_after_it)
{
	const char *from;

	client("1:a,", 99);
	want_num(-1, netstring_fail(&in, NETSTRING_TROUBLE));
	want_num(-1, netstring_fail(&in, NETSTRING_BROKEN));
	want_num(NETSTRING_TROUBLE, in.fault);
	want_num(0, netstring_piece(&in, 9, &from));
	want_num(-1, netstring_length(&in, &length));
	want_num(-1, netstring_comma(&in));
	want_num(-1, netstring_text(&in, 1, 9, &text));
	want_num(4, feed_left());
	sa_free(&text);
}

TEST(faults_have_their_exit_codes)
{
	want_num(0, netstring_exit(NETSTRING_FINE));
	want_num(0, netstring_exit(NETSTRING_CUT));
	want_num(100, netstring_exit(NETSTRING_BROKEN));
	want_num(111, netstring_exit(NETSTRING_TROUBLE));
}

TEST(what_is_put_can_be_read)
{
	struct outbuf out;

	sink_start(&out);
	netstring_put(&out, "a\0,", 3);
	netstring_put(&out, "", 0);
	want_num(0, outbuf_flush(&out));
	want_sa("3:a\0,,0:,", &sink);
}
