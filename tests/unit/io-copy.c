/* SPDX-License-Identifier: 0BSD */
/* lib/io/copy */
#include "lib/io/copy.h"

#include <errno.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "harness.h"

TEST(a_stream_is_copied_whole_and_not_flushed)
{
	struct inbuf in;
	struct outbuf out;

	sink_start(&out);
	feed_start(&in, "more than the sixteen bytes of a buffer", 5);
	want_num(0, copy_stream(&out, &in));
	want_num(0, outbuf_flush(&out));
	want_sa("more than the sixteen bytes of a buffer", &sink);
	sink_start(&out);
	feed_start(&in, "few", 5);
	want_num(0, copy_stream(&out, &in));
	want_num(0, sink_calls);
}

TEST(what_is_buffered_already_is_copied_too)
{
	struct inbuf in;
	struct outbuf out;
	char c;

	sink_start(&out);
	feed_start(&in, "abcdef", 4);
	want_num(1, inbuf_byte(&in, &c));
	want_num(0, copy_stream(&out, &in));
	want_num(0, outbuf_flush(&out));
	want_sa("bcdef", &sink);
}

TEST(a_stream_that_cannot_be_read_is_told)
{
	struct inbuf in;
	struct outbuf out;

	sink_start(&out);
	feed_start(&in, "abc", 4);
	feed_error = EIO;
	want_num(-1, copy_stream(&out, &in));
	want_num(EIO, errno);
	want_num(0, out.failed);
}

TEST(a_sink_that_cannot_be_written_is_found_in_the_sink)
{
	struct inbuf in;
	struct outbuf out;

	sink_start(&out);
	sink_limit = 0;
	feed_start(&in, "more than the sixteen bytes of a buffer", 20);
	want_num(0, copy_stream(&out, &in));
	want_num(EIO, out.failed);
}

TEST(a_file_replaces_what_the_string_held)
{
	static char large[5000];
	struct stralloc sa = {0};

	scratch_enter();
	memset(large, 'x', sizeof large);
	scratch_write("large", large, sizeof large);
	scratch_file("small", "one\0two\n");
	scratch_file("empty", "");
	sa_copys(&sa, "before");
	want_num(1, copy_file(&sa, "large"));
	want_bytes("large", large, sizeof large, sa.s, sa.len);
	want_num(1, copy_file(&sa, "small"));
	want_sa("one\0two\n", &sa);
	want_num(1, copy_file(&sa, "empty"));
	want_sa("", &sa);
	sa_free(&sa);
}

TEST(a_missing_file_is_empty_and_other_trouble_is_told)
{
	struct stralloc sa = {0};

	scratch_enter();
	scratch_file("dir/file", "x");
	sa_copys(&sa, "before");
	want_num(0, copy_file(&sa, "missing"));
	want_sa("", &sa);
	want_num(-1, copy_file(&sa, "dir"));
	want_num(EISDIR, errno);
	want_num(-1, copy_file(&sa, "dir/file/x"));
	want_num(ENOTDIR, errno);
	fail_reads = 1;
	want_num(-1, copy_file(&sa, "dir/file"));
	want_num(EIO, errno);
	sa_free(&sa);
}

TEST(a_descriptor_is_read_to_its_end)
{
	struct stralloc sa = {0};
	int ends[2];

	want_num(0, fd_pipe(ends));
	want_num(5, write(ends[1], "piped", 5));
	close(ends[1]);
	interrupt_calls = 2;
	want_num(0, copy_fd(&sa, ends[0]));
	want_num(0, interrupt_calls);
	want_sa("piped", &sa);
	close(ends[0]);
	want_num(-1, copy_fd(&sa, -1));
	want_num(EBADF, errno);
	sa_free(&sa);
}
