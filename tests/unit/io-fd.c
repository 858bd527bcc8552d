/* SPDX-License-Identifier: 0BSD */
/* lib/io/fd */
#include "lib/io/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "harness.h"

static int cloexec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static int nonblock(int fd)
{
	return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

static void want_contents(const char *path, const char *expected)
{
	struct stralloc sa = {0};

	want_case(path, 1, copy_file(&sa, path));
	want_case_str(path, expected, sa_cstr(&sa));
	sa_free(&sa);
}

TEST(every_open_is_close_on_exec_and_nonblocking)
{
	int (*const opens[])(const char *) = {
		open_read, open_write, open_append, open_trunc, open_excl};

	scratch_enter();
	scratch_file("f", "x");
	for (size_t i = 0; i < COUNT(opens); i++) {
		int fd = opens[i](i == 4 ? "new" : "f");

		assert_true(fd >= 0);
		want_case(unit_label((long)i), 1, cloexec(fd));
		want_case(unit_label((long)i), 1, nonblock(fd));
		close(fd);
	}
}

TEST(each_open_treats_the_file_as_it_says)
{
	int fd;

	scratch_enter();
	scratch_file("f", "12345");
	fd = open_write("f");
	want_num(2, fd_write(fd, "ab", 2));
	close(fd);
	want_contents("f", "ab345");
	fd = open_append("f");
	want_num(2, fd_write(fd, "cd", 2));
	close(fd);
	want_contents("f", "ab345cd");
	fd = open_trunc("f");
	want_num(1, fd_write(fd, "z", 1));
	close(fd);
	want_contents("f", "z");
	want_num(-1, open_excl("f"));
	want_num(EEXIST, errno);
	want_num(-1, open_read("none"));
	want_num(ENOENT, errno);
	want_num(-1, open_write("none"));
	want_num(ENOENT, errno);
}

TEST(a_new_file_gets_mode_0644_less_the_umask)
{
	int (*const opens[])(const char *) = {
		open_append, open_trunc, open_excl};
	const char *const names[] = {"a", "t", "e"};
	struct stat st;
	mode_t before = umask(022);

	scratch_enter();
	for (size_t i = 0; i < COUNT(opens); i++) {
		close(opens[i](names[i]));
		want_num(0, stat(names[i], &st));
		want_case(names[i], 0644, st.st_mode & 07777);
	}
	umask(077);
	close(open_excl("private"));
	want_num(0, stat("private", &st));
	want_num(0600, st.st_mode & 07777);
	umask(before);
}

TEST(a_fifo_does_not_stop_an_open)
{
	int fd;

	scratch_enter();
	want_num(0, mkfifo("fifo", 0600));
	want_num(-1, open_write("fifo"));
	want_num(ENXIO, errno);
	fd = open_read("fifo");
	assert_true(fd >= 0);
	close(fd);
}

TEST(interrupted_reads_and_writes_are_tried_again)
{
	char byte;
	int ends[2];

	want_num(0, fd_pipe(ends));
	interrupt_calls = 3;
	want_num(1, fd_write(ends[1], "x", 1));
	want_num(0, interrupt_calls);
	interrupt_calls = 3;
	want_num(1, fd_read(ends[0], &byte, 1));
	want_num(0, interrupt_calls);
	want_num('x', byte);
	close(ends[1]);
	want_num(0, fd_read(ends[0], &byte, 1));
	close(ends[0]);
	want_num(-1, fd_read(-1, &byte, 1));
	want_num(EBADF, errno);
	want_num(-1, fd_write(-1, "x", 1));
	want_num(EBADF, errno);
}

TEST(pipes_are_close_on_exec)
{
	int ends[2];

	want_num(0, fd_pipe(ends));
	want_num(1, cloexec(ends[0]));
	want_num(1, cloexec(ends[1]));
	close(ends[0]);
	close(ends[1]);
}

TEST(a_copy_is_kept_over_exec_and_leaves_the_original)
{
	int ends[2];
	int to;

	want_num(0, fd_pipe(ends));
	to = dup(0);
	want_num(0, fd_copy(to, ends[1]));
	want_num(0, cloexec(to));
	want_num(1, cloexec(ends[1]));
	want_num(1, fd_write(to, "x", 1));
	close(to);
	close(ends[0]);
	close(ends[1]);
}

TEST(a_move_closes_the_original)
{
	int ends[2];
	int to;

	want_num(0, fd_pipe(ends));
	to = dup(0);
	want_num(0, fd_move(to, ends[1]));
	want_num(0, cloexec(to));
	want_num(-1, fcntl(ends[1], F_GETFD));
	close(to);
	close(ends[0]);
}

TEST(moving_to_itself_only_clears_the_flag)
{
	int ends[2];

	want_num(0, fd_pipe(ends));
	want_num(0, fd_move(ends[1], ends[1]));
	want_num(0, cloexec(ends[1]));
	want_num(1, fd_write(ends[1], "x", 1));
	want_num(0, fd_copy(ends[0], ends[0]));
	want_num(0, cloexec(ends[0]));
	close(ends[0]);
	close(ends[1]);
}

TEST(moving_what_is_not_open_fails_and_closes_nothing)
{
	int to = dup(0);

	want_num(-1, fd_move(to, 9999));
	want_num(EBADF, errno);
	want_num(-1, fd_copy(9999, 9999));
	want_num(EBADF, errno);
	assert_true(fcntl(to, F_GETFD) >= 0);
	close(to);
}

TEST(the_flags_are_set_and_cleared_alone)
{
	int ends[2];

	want_num(0, pipe(ends));
	want_num(0, fd_nonblock(ends[0], 1));
	want_num(1, nonblock(ends[0]));
	want_num(0, cloexec(ends[0]));
	want_num(0, fd_cloexec(ends[0]));
	want_num(1, cloexec(ends[0]));
	want_num(1, nonblock(ends[0]));
	want_num(0, fd_nonblock(ends[0], 0));
	want_num(0, nonblock(ends[0]));
	close(ends[0]);
	close(ends[1]);
	want_num(-1, fd_nonblock(-1, 1));
	want_num(-1, fd_cloexec(-1));
	want_num(EBADF, errno);
}

TEST(a_lock_keeps_others_out_until_it_is_closed)
{
	int one, two;

	scratch_enter();
	scratch_file("lock", "");
	one = open_append("lock");
	two = open_append("lock");
	want_num(0, fd_lock(one));
	want_num(-1, fd_trylock(two));
	want_num(EWOULDBLOCK, errno);
	close(one);
	want_num(0, fd_trylock(two));
	close(two);
}

TEST(an_interrupted_lock_is_tried_again)
{
	int fd;

	scratch_enter();
	fd = open_append("lock");
	interrupt_calls = 2;
	want_num(0, fd_lock(fd));
	want_num(0, interrupt_calls);
	close(fd);
	want_num(-1, fd_lock(-1));
	want_num(EBADF, errno);
}
