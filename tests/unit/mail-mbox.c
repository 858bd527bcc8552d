/* SPDX-License-Identifier: 0BSD */
/* lib/mail/mbox */
#include "lib/mail/mbox.h"

#include <errno.h>

#include "harness.h"

TEST(lines_that_could_pass_for_a_separator_need_a_mark)
{
	static const struct {
		const char *line;
		int mark;
	} cases[] = {{"From ", 1}, {"From x\n", 1}, {">From x\n", 1},
		{">>>>From \n", 1}, {"From", 0}, {"From:", 0}, {"from x", 0},
		{" From x", 0}, {"> From x", 0}, {"", 0}, {">", 0}, {"\n", 0},
		{">>>", 0}, {"xFrom x", 0}};

	for (size_t i = 0; i < COUNT(cases); i++)
		want_case(cases[i].line, cases[i].mark,
			mbox_needs_mark(
				cases[i].line, (slen)strlen(cases[i].line)));
	want_num(0, mbox_needs_mark("From x", 4));
	want_num(0, mbox_needs_mark(NULL, 0));
}

TEST(the_separator_has_the_sender_without_blanks)
{
	struct stralloc out = {0};

	mbox_separator(&out, "a b\tc\nd@e", 9, 0);
	want_sa("From a-b-c-d@e Thu Jan 01 00:00:00 1970\n", &out);
	sa_clear(&out);
	mbox_separator(&out, "", 0, 0);
	want_sa("From MAILER-DAEMON Thu Jan 01 00:00:00 1970\n", &out);
	sa_clear(&out);
	mbox_separator(&out, "abcdef", 3, 0);
	want_sa("From abc Thu Jan 01 00:00:00 1970\n", &out);
	sa_free(&out);
}

static const char *copied(const char *text, size_t step, enum mbox_rest rest)
{
	struct inbuf in;
	struct outbuf out;

	sink_start(&out);
	unit_feed_start(&in, text, strlen(text), step);
	want_case(text, 0, mbox_copy(&out, &in, rest));
	want_case(text, 0, outbuf_flush(&out));
	return sa_cstr(&sink);
}

TEST(a_message_is_marked_and_ends_with_a_blank_line)
{
	static const struct {
		const char *message, *ended, *dropped;
	} cases[] = {{"", "\n", "\n"}, {"a\n", "a\n\n", "a\n\n"},
		{"a", "a\n\n", "\n"},
		{"From x\n>From y\nz\n", ">From x\n>>From y\nz\n\n",
			">From x\n>>From y\nz\n\n"},
		{"a\nFrom x", "a\n>From x\n\n", "a\n\n"},
		{"\n\n", "\n\n\n", "\n\n\n"},
		{"a line that is longer than the buffer is\n",
			"a line that is longer than the buffer is\n\n",
			"a line that is longer than the buffer is\n\n"}};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 30; step += 9) {
			want_case_str(cases[i].message, cases[i].ended,
				copied(cases[i].message, step,
					MBOX_REST_ENDED));
			want_case_str(cases[i].message, cases[i].dropped,
				copied(cases[i].message, step,
					MBOX_REST_DROPPED));
		}
}

TEST(a_message_that_cannot_be_read_is_told)
{
	struct inbuf in;
	struct outbuf out;

	sink_start(&out);
	feed_start(&in, "a\nhalf", 99);
	feed_error = EIO;
	errno = 0;
	want_num(-1, mbox_copy(&out, &in, MBOX_REST_ENDED));
	want_num(EIO, errno);
	want_num(0, out.failed);
}

TEST(a_box_that_cannot_be_written_is_found_in_the_buffer)
{
	struct inbuf in;
	struct outbuf out;

	sink_start(&out);
	sink_limit = 3;
	sink_error = ENOSPC;
	feed_start(&in, "more than the sixteen bytes of a buffer\n", 99);
	want_num(0, mbox_copy(&out, &in, MBOX_REST_ENDED));
	want_num(-1, outbuf_flush(&out));
	want_num(ENOSPC, errno);
}
