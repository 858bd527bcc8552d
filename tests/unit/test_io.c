/* SPDX-License-Identifier: 0BSD */
/* lib/io: buffers, descriptors, children, time limits, cdb. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/cdb-hash.h"
#include "lib/io/cdb.h"
#include "lib/io/chat.h"
#include "lib/io/copy.h"
#include "lib/io/errpass.h"
#include "lib/io/errtext.h"
#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/io/timeout.h"

static void put_file(const char *path, const char *text, size_t n)
{
	int fd = open_trunc(path);

	assert_true(fd >= 0);
	assert_int_equal(fd_write(fd, text, n), n);
	close(fd);
}

/* A source that gives one byte at a time. */
static ssize_t drip(int fd, void *to, size_t n)
{
	return fd_read(fd, to, n ? 1 : 0);
}

static void lines_come_whole_whatever_the_buffer_holds(void **state)
{
	static const char text[] = "first\n\nthird has a \0 in it\nunfinished";
	char mem[3];

	(void)state;
	put_file("lines", text, sizeof text - 1);
	for (size_t size = 1; size <= sizeof mem; size++) {
		struct stralloc line = {0};
		struct inbuf in;
		int fd = open_read("lines");

		inbuf_init(&in, size == 2 ? drip : fd_read, fd, mem, size);
		assert_false(inbuf_ready(&in));
		assert_int_equal(inbuf_line(&in, &line, '\n'), 1);
		assert_holds(&line, "first\n");
		assert_int_equal(inbuf_line(&in, &line, '\n'), 1);
		assert_holds(&line, "\n");
		assert_int_equal(inbuf_line(&in, &line, '\n'), 1);
		assert_holds(&line, "third has a \0 in it\n");
		assert_int_equal(inbuf_line(&in, &line, '\n'), 0);
		assert_holds(&line, "unfinished");
		assert_int_equal(inbuf_line(&in, &line, '\n'), 0);
		assert_int_equal(line.len, 0);
		sa_free(&line);
		close(fd);
	}
}

static void bytes_end_with_the_file_and_errors_are_told(void **state)
{
	char mem[4];
	char c = 'x';
	struct inbuf in;
	int fd;

	(void)state;
	put_file("two", "ab", 2);
	fd = open_read("two");
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	assert_int_equal(inbuf_fill(&in), 2);
	assert_true(inbuf_ready(&in));
	assert_int_equal(inbuf_byte(&in, &c), 1);
	assert_int_equal(c, 'a');
	assert_int_equal(inbuf_byte(&in, &c), 1);
	assert_int_equal(inbuf_byte(&in, &c), 0);
	assert_int_equal(c, 0);
	close(fd);
	inbuf_init(&in, fd_read, -1, mem, sizeof mem);
	c = 'x';
	assert_int_equal(inbuf_byte(&in, &c), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(c, 0);
}

static void take_hands_out_what_is_buffered_only(void **state)
{
	char mem[8];
	struct inbuf in;
	struct stralloc line = {0};
	int fd;

	(void)state;
	put_file("take", "ab;cdefghij", 11);
	fd = open_read("take");
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	assert_int_equal(inbuf_take(&in, &line, ';'), 0);
	assert_int_equal(line.len, 0);
	assert_int_equal(inbuf_fill(&in), 8);
	assert_int_equal(inbuf_take(&in, &line, ';'), 1);
	assert_holds(&line, "ab;");
	assert_int_equal(inbuf_take(&in, &line, ';'), 0);
	assert_holds(&line, "ab;cdefg");
	sa_free(&line);
	close(fd);
}

static void output_goes_out_whole_through_any_buffer(void **state)
{
	char mem[5];

	(void)state;
	for (size_t size = 1; size <= sizeof mem; size++) {
		struct stralloc got = {0};
		struct stralloc put = {0};
		struct outbuf out;
		int fd = open_trunc("out");

		outbuf_init(&out, fd_write, fd, mem, size);
		sa_copyb(&put, "s\0a", 3);
		outbuf_puts(&out, "text longer than any buffer here ");
		outbuf_put(&out, "b\0", 2);
		outbuf_putsa(&out, &put);
		outbuf_putc(&out, '.');
		outbuf_putnum(&out, 1234567890);
		assert_int_equal(outbuf_flush(&out), 0);
		close(fd);
		assert_int_equal(copy_file(&got, "out"), 1);
		assert_holds(&got,
			"text longer than any buffer here b\0s\0a.1234567890");
		sa_free(&got);
		sa_free(&put);
	}
}

static int writes;

static ssize_t refuse(int fd, const void *from, size_t n)
{
	(void)fd;
	(void)from;
	(void)n;
	errno = ++writes == 1 ? ENOSPC : EIO;
	return -1;
}

static ssize_t take_nothing(int fd, const void *from, size_t n)
{
	(void)fd;
	(void)from;
	(void)n;
	return 0;
}

static void output_remembers_its_first_failure(void **state)
{
	char mem[2];
	struct outbuf out;

	(void)state;
	writes = 0;
	outbuf_init(&out, refuse, 1, mem, sizeof mem);
	outbuf_puts(&out, "more than two bytes");
	outbuf_puts(&out, "and more");
	assert_int_equal(writes, 1);
	assert_int_equal(outbuf_flush(&out), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(outbuf_flush(&out), -1);
	assert_int_equal(errno, ENOSPC);
	outbuf_init(&out, take_nothing, 1, mem, sizeof mem);
	outbuf_puts(&out, "abc");
	assert_int_equal(outbuf_flush(&out), -1);
}

static void files_are_opened_as_their_names_say(void **state)
{
	struct stralloc got = {0};
	int fd;

	(void)state;
	unlink("new");
	assert_int_equal(open_read("new"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(copy_file(&got, "new"), 0);
	assert_int_equal(open_write("new"), -1);
	fd = open_excl("new");
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	assert_int_equal(open_excl("new"), -1);
	assert_int_equal(errno, EEXIST);
	put_file("new", "abc", 3);
	fd = open_append("new");
	assert_int_equal(fd_write(fd, "d", 1), 1);
	close(fd);
	fd = open_write("new");
	assert_int_equal(fd_write(fd, "X", 1), 1);
	close(fd);
	assert_int_equal(copy_file(&got, "new"), 1);
	assert_holds(&got, "Xbcd");
	assert_int_equal(copy_file(&got, "."), -1);
	sa_free(&got);
}

static void a_fifo_in_a_files_place_does_not_stop_the_program(void **state)
{
	int fd;

	(void)state;
	unlink("fifo");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	fd = open_read("fifo");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(open_write("fifo"), -1);
	assert_int_equal(errno, ENXIO);
}

static void locks_exclude_each_other(void **state)
{
	int one = open_trunc("lock");
	int two = open_write("lock");

	(void)state;
	assert_int_equal(fd_lock(one), 0);
	assert_int_equal(fd_trylock(two), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	close(one);
	assert_int_equal(fd_trylock(two), 0);
	close(two);
}

static void descriptors_move_and_are_kept_over_exec(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(fd_pipe(ends), 0);
	assert_true(fcntl(ends[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fd_copy(60, ends[1]), 0);
	assert_int_equal(fcntl(60, F_GETFD) & FD_CLOEXEC, 0);
	assert_true(fcntl(ends[1], F_GETFD) >= 0);
	assert_int_equal(fd_move(61, ends[1]), 0);
	assert_int_equal(fcntl(ends[1], F_GETFD), -1);
	assert_int_equal(fd_cloexec(61), 0);
	assert_int_equal(fd_move(61, 61), 0);
	assert_int_equal(fcntl(61, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(fd_move(62, -1), -1);
	close(60);
	close(61);
	close(ends[0]);
}

static void waiting_has_a_limit(void **state)
{
	char byte;
	int ends[2];

	(void)state;
	assert_int_equal(fd_pipe(ends), 0);
	assert_int_equal(timeout_read(1, ends[0], &byte, 1), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(timeout_write(1, ends[1], "x", 1), 1);
	assert_int_equal(timeout_read(1, ends[0], &byte, 1), 1);
	assert_int_equal(timeout_writable(1, ends[1]), 0);
	close(ends[1]);
	assert_int_equal(timeout_read(1, ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void a_childs_end_is_told(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	sig_ignore(SIGCHLD);
	wait_enable();
	pid = fork();
	if (pid == 0)
		_exit(37);
	assert_int_equal(wait_pid(&status, pid), pid);
	assert_false(wait_crashed(status));
	assert_int_equal(wait_exitcode(status), 37);
	pid = fork();
	if (pid == 0) {
		raise(SIGKILL);
		_exit(0);
	}
	assert_int_equal(wait_pid(&status, pid), pid);
	assert_true(wait_crashed(status));
	assert_int_equal(wait_nohang(&status), -1);
}

static void commands_are_verb_and_argument(void **state)
{
	static const char text[] =
		"HELO  a b\r\nnoop\nx\0y z\r\nq\rr s\r\n \nrest";
	struct chat chat = {0};
	char *verb;
	char *arg;
	int fd;

	(void)state;
	put_file("chat", text, sizeof text - 1);
	fd = open_read("chat");
	chat_init(&chat, fd, open_trunc("replies"), 5);
	assert_int_equal(chat_command(&chat, &verb, &arg), 1);
	assert_string_equal(verb, "HELO");
	assert_string_equal(arg, "a b");
	assert_int_equal(chat_command(&chat, &verb, &arg), 1);
	assert_string_equal(verb, "noop");
	assert_string_equal(arg, "");
	assert_int_equal(chat_command(&chat, &verb, &arg), 1);
	assert_string_equal(verb, "x");
	assert_string_equal(arg, "");
	assert_int_equal(chat_command(&chat, &verb, &arg), 1);
	assert_string_equal(verb, "q\rr");
	assert_string_equal(arg, "s");
	assert_int_equal(chat_command(&chat, &verb, &arg), 1);
	assert_string_equal(verb, "");
	assert_int_equal(chat_command(&chat, &verb, &arg), 0);
	sa_free(&chat.line);
	close(fd);
}

static void some_errors_pass_and_all_have_words(void **state)
{
	static const int pass[] = {
		ENOMEM, ENOSPC, EAGAIN, ETIMEDOUT, ENFILE, EDQUOT, EIO};
	static const int stay[] = {ENOENT, EACCES, ENOEXEC, ENOTDIR, EISDIR};

	(void)state;
	for (size_t i = 0; i < COUNT(pass); i++)
		assert_true(errno_passes(pass[i]));
	for (size_t i = 0; i < COUNT(stay); i++)
		assert_false(errno_passes(stay[i]));
	assert_string_equal(errtext(ENOENT), "file does not exist");
	for (int error = -1; error < 200; error++)
		assert_non_null(errtext(error));
}

/* Makes a database of count records "key N" -> "value N". */
static void make_cdb(const char *path, unsigned count)
{
	static struct cdb_make make;
	char key[32];
	char value[32];
	int fd = open_trunc(path);

	memset(&make, 0, sizeof make);
	assert_int_equal(cdb_make_start(&make, fd), 0);
	for (unsigned i = 0; i < count; i++) {
		slen k = (slen)snprintf(key, sizeof key, "key %u", i);
		slen v = (slen)snprintf(value, sizeof value, "value %u", i);

		assert_int_equal(cdb_make_add(&make, key, k, value, v), 0);
	}
	assert_int_equal(cdb_make_finish(&make), 0);
	close(fd);
}

static void a_cdb_gives_back_what_was_put_in(void **state)
{
	static const unsigned counts[] = {0, 1, 2, 1000};

	(void)state;
	for (size_t c = 0; c < COUNT(counts); c++) {
		char text[32];
		char got[32];
		uint32_t len = 0;
		int fd;

		make_cdb("cdb", counts[c]);
		fd = open_read("cdb");
		for (unsigned i = 0; i < counts[c]; i++) {
			slen k = (slen)snprintf(text, sizeof text, "key %u", i);

			assert_int_equal(cdb_find(fd, text, k, &len), 1);
			assert_int_equal(fd_read(fd, got, len), len);
			k = (slen)snprintf(text, sizeof text, "value %u", i);
			assert_int_equal(len, k);
			assert_memory_equal(got, text, k);
		}
		assert_int_equal(cdb_find(fd, "no such", 7, &len), 0);
		assert_int_equal(cdb_find(fd, "", 0, &len), 0);
		close(fd);
	}
}

static void the_first_of_equal_keys_is_found_and_nul_is_a_byte(void **state)
{
	static struct cdb_make make;
	uint32_t len;
	char got;
	int fd = open_trunc("same.cdb");

	(void)state;
	assert_int_equal(cdb_make_start(&make, fd), 0);
	assert_int_equal(cdb_make_add(&make, "k", 1, "1", 1), 0);
	assert_int_equal(cdb_make_add(&make, "k", 1, "2", 1), 0);
	assert_int_equal(cdb_make_add(&make, "k\0", 2, "3", 1), 0);
	assert_int_equal(cdb_make_add(&make, "", 0, "", 0), 0);
	assert_int_equal(cdb_make_finish(&make), 0);
	close(fd);
	fd = open_read("same.cdb");
	assert_int_equal(cdb_find(fd, "k", 1, &len), 1);
	assert_int_equal(fd_read(fd, &got, 1), 1);
	assert_int_equal(got, '1');
	assert_int_equal(cdb_find(fd, "k\0", 2, &len), 1);
	assert_int_equal(fd_read(fd, &got, 1), 1);
	assert_int_equal(got, '3');
	assert_int_equal(cdb_find(fd, "", 0, &len), 1);
	assert_int_equal(len, 0);
	close(fd);
}

static void a_broken_cdb_is_told_from_a_missing_key(void **state)
{
	struct stralloc whole = {0};
	uint32_t len;
	int fd;

	(void)state;
	make_cdb("whole.cdb", 20);
	assert_int_equal(copy_file(&whole, "whole.cdb"), 1);
	for (slen cut = 0; cut < whole.len; cut += 97) {
		put_file("cut.cdb", whole.s, cut);
		fd = open_read("cut.cdb");
		for (unsigned i = 0; i < 20; i++) {
			char key[16];
			slen k = (slen)snprintf(key, sizeof key, "key %u", i);

			errno = 0;
			if (cdb_find(fd, key, k, &len) == -1)
				assert_int_equal(errno, EPROTO);
		}
		close(fd);
	}
	put_file("short.cdb", "short", 5);
	fd = open_read("short.cdb");
	assert_int_equal(cdb_find(fd, "k", 1, &len), -1);
	assert_int_equal(errno, EPROTO);
	close(fd);
	sa_free(&whole);
}

static void the_cdb_hash_is_the_published_one(void **state)
{
	unsigned char packed[4];

	(void)state;
	assert_int_equal(cdb_hash("", 0), 5381);
	assert_int_equal(cdb_hash("a", 1), (5381U * 33) ^ 'a');
	assert_int_equal(cdb_hash("\xff", 1), (5381U * 33) ^ 255U);
	cdb_pack(packed, 0x04030201);
	assert_memory_equal(packed, "\1\2\3\4", 4);
	assert_int_equal(cdb_unpack((const unsigned char *)"\xff\xff\xff\xff"),
		UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_whatever_the_buffer_holds),
		cmocka_unit_test(bytes_end_with_the_file_and_errors_are_told),
		cmocka_unit_test(take_hands_out_what_is_buffered_only),
		cmocka_unit_test(output_goes_out_whole_through_any_buffer),
		cmocka_unit_test(output_remembers_its_first_failure),
		cmocka_unit_test(files_are_opened_as_their_names_say),
		cmocka_unit_test(
			a_fifo_in_a_files_place_does_not_stop_the_program),
		cmocka_unit_test(locks_exclude_each_other),
		cmocka_unit_test(descriptors_move_and_are_kept_over_exec),
		cmocka_unit_test(waiting_has_a_limit),
		cmocka_unit_test(a_childs_end_is_told),
		cmocka_unit_test(commands_are_verb_and_argument),
		cmocka_unit_test(some_errors_pass_and_all_have_words),
		cmocka_unit_test(a_cdb_gives_back_what_was_put_in),
		cmocka_unit_test(
			the_first_of_equal_keys_is_found_and_nul_is_a_byte),
		cmocka_unit_test(a_broken_cdb_is_told_from_a_missing_key),
		cmocka_unit_test(the_cdb_hash_is_the_published_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
