/* SPDX-License-Identifier: 0BSD */
/* lib/io/inbuf; the buffer has 16 bytes */
#include "lib/io/inbuf.h"

#include <errno.h>

#include "harness.h"

TEST(filling_at_end_of_file_gives_zero_again_and_again)
{
	struct inbuf in;

	feed_start(&in, "", 1);
	want_num(0, inbuf_ready(&in));
	want_num(0, inbuf_fill(&in));
	want_num(0, inbuf_fill(&in));
	want_num(0, inbuf_ready(&in));
}

TEST(filling_does_not_fetch_while_bytes_are_buffered)
{
	struct inbuf in;

	feed_start(&in, "abcdef", 4);
	want_num(4, inbuf_fill(&in));
	want_num(4, inbuf_fill(&in));
	want_num(2, feed_left());
	want_text("abcd", in.mem + in.at, 4);
	want_num(1, inbuf_ready(&in));
}

TEST(bytes_come_one_by_one_in_order)
{
	struct inbuf in;
	char c, text[41];

	feed_start(&in, "The quick brown fox jumps over the dogs.", 3);
	for (int i = 0; i < 40; i++) {
		want_num(1, inbuf_byte(&in, &c));
		text[i] = c;
	}
	want_text("The quick brown fox jumps over the dogs.", text, 40);
	want_num(0, inbuf_byte(&in, &c));
}

TEST(taking_needs_no_more_input_and_stops_behind_the_end_byte)
{
	struct stralloc line = {0};
	struct inbuf in;

	feed_start(&in, "a\nbcdefgh", 5);
	sa_copys(&line, "0");
	want_num(0, inbuf_take(&in, &line, '\n'));
	want_sa("0", &line);
	want_num(5, inbuf_fill(&in));
	want_num(1, inbuf_take(&in, &line, '\n'));
	want_sa("0a\n", &line);
	want_num(0, inbuf_take(&in, &line, '\n'));
	want_sa("0a\nbcd", &line);
	want_num(0, inbuf_ready(&in));
	want_num(4, feed_left());
	sa_free(&line);
}

TEST(a_failure_is_told_with_its_errno_and_can_pass)
{
	struct inbuf in;
	char c;

	feed_start(&in, "", 1);
	feed_error = EIO;
	want_num(-1, inbuf_byte(&in, &c));
	want_num(EIO, errno);
	feed_set("x", 1, 1);
	want_num(1, inbuf_byte(&in, &c));
	want_num('x', c);
}

TEST(lines_come_whole_however_the_bytes_arrive)
{
	struct stralloc line = {0};
	struct inbuf in;
	const char *label;

	for (size_t step = 1; step <= 60; step++) {
		label = unit_label((long)step);
		feed_start(&in,
			"first\nthe second line is longer than the "
			"buffer\n\nlast",
			step);
		want_case(label, 1, inbuf_line(&in, &line, '\n'));
		want_sa("first\n", &line);
		want_case(label, 1, inbuf_line(&in, &line, '\n'));
		want_sa("the second line is longer than the buffer\n", &line);
		want_case(label, 1, inbuf_line(&in, &line, '\n'));
		want_sa("\n", &line);
		want_case(label, 0, inbuf_line(&in, &line, '\n'));
		want_sa("last", &line);
		want_case(label, 0, inbuf_line(&in, &line, '\n'));
		want_sa("", &line);
	}
	sa_free(&line);
}

TEST(any_byte_can_end_a_line)
{
	struct stralloc line = {0};
	struct inbuf in;

	feed_start(&in, "a\nb\0c\0", 16);
	want_num(1, inbuf_line(&in, &line, '\0'));
	want_sa("a\nb\0", &line);
	want_num(1, inbuf_line(&in, &line, '\0'));
	want_sa("c\0", &line);
	want_num(0, inbuf_line(&in, &line, '\0'));
	sa_free(&line);
}

TEST(a_failure_within_a_line_is_a_failure)
{
	struct stralloc line = {0};
	struct inbuf in;

	feed_start(&in, "half a li", 4);
	feed_error = ETIMEDOUT;
	want_num(-1, inbuf_line(&in, &line, '\n'));
	want_num(ETIMEDOUT, errno);
	sa_free(&line);
}
