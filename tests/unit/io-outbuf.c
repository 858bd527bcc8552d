/* SPDX-License-Identifier: 0BSD */
/* lib/io/outbuf; the buffer has 16 bytes */
#include "lib/io/outbuf.h"

#include <errno.h>

#include "harness.h"

TEST(nothing_is_written_before_it_must)
{
	struct outbuf out;

	sink_start(&out);
	outbuf_puts(&out, "0123456789abcdef");
	want_num(0, sink_calls);
	outbuf_putc(&out, 'g');
	want_sa("0123456789abcdef", &sink);
	want_num(0, outbuf_flush(&out));
	want_sa("0123456789abcdefg", &sink);
}

TEST(flushing_nothing_writes_nothing)
{
	struct outbuf out;

	sink_start(&out);
	outbuf_put(&out, NULL, 0);
	outbuf_puts(&out, "");
	want_num(0, outbuf_flush(&out));
	want_num(0, sink_calls);
}

TEST(every_kind_of_put_keeps_the_order)
{
	struct stralloc sa = {0};
	struct outbuf out;

	sa_copyb(&sa, "s\0a", 3);
	sink_start(&out);
	outbuf_put(&out, "b\0", 2);
	outbuf_puts(&out, "text");
	outbuf_putsa(&out, &sa);
	outbuf_putc(&out, '-');
	outbuf_putnum(&out, 0);
	outbuf_putnum(&out, 4294967296UL);
	want_num(0, outbuf_flush(&out));
	want_sa("b\0texts\0a-04294967296", &sink);
	sa_free(&sa);
}

TEST(a_piece_larger_than_the_buffer_goes_out_behind_what_was_there)
{
	struct outbuf out;

	sink_start(&out);
	outbuf_puts(&out, "abc");
	outbuf_puts(&out, "0123456789abcdefg");
	outbuf_puts(&out, "z");
	want_num(0, outbuf_flush(&out));
	want_sa("abc0123456789abcdefgz", &sink);
}

TEST(short_writes_are_gone_on_with)
{
	struct outbuf out;
	const char *label;

	for (size_t step = 1; step < 20; step++) {
		label = unit_label((long)step);
		sink_start(&out);
		sink_step = step;
		outbuf_puts(&out, "short writes are");
		outbuf_puts(&out, " gone on with, large ones too");
		want_case(label, 0, outbuf_flush(&out));
		want_sa("short writes are gone on with, large ones too", &sink);
	}
}

TEST(the_first_failure_stays_and_the_rest_is_dropped)
{
	struct outbuf out;
	unsigned calls;

	sink_start(&out);
	sink_limit = 20;
	sink_error = ENOSPC;
	outbuf_puts(&out, "0123456789abcdef");
	outbuf_puts(&out, "0123456789abcdef");
	outbuf_puts(&out, "0123456789abcdef");
	want_num(ENOSPC, out.failed);
	calls = sink_calls;
	sink_limit = 1000;
	sink_error = EIO;
	outbuf_puts(&out, "too late: this is longer than the buffer");
	outbuf_putc(&out, 'x');
	errno = 0;
	want_num(-1, outbuf_flush(&out));
	want_num(ENOSPC, errno);
	want_num(-1, outbuf_flush(&out));
	want_num(calls, sink_calls);
	want_sa("0123456789abcdef", &sink);
}

TEST(a_failure_at_the_flush_is_told_by_the_flush)
{
	struct outbuf out;

	sink_start(&out);
	sink_limit = 0;
	sink_error = EPIPE;
	outbuf_puts(&out, "x");
	want_num(0, out.failed);
	want_num(-1, outbuf_flush(&out));
	want_num(EPIPE, errno);
}

TEST(a_write_that_takes_nothing_is_a_failure_and_no_endless_loop)
{
	struct outbuf out;

	sink_start(&out);
	sink_step = 0;
	outbuf_puts(&out, "x");
	want_num(-1, outbuf_flush(&out));
	want_num(EIO, errno);
	want_num(1, sink_calls);
}
