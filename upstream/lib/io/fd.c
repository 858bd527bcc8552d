/* SPDX-License-Identifier: 0BSD */
/* File descriptors: opening, moving, flags, locks. */
#include "lib/io/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static int open_with(const char *path, int flags)
{
	return open(path, flags | O_NONBLOCK | O_CLOEXEC, 0644);
}

int open_read(const char *path)
{
	return open_with(path, O_RDONLY);
}

int open_write(const char *path)
{
	return open_with(path, O_WRONLY);
}

int open_append(const char *path)
{
	return open_with(path, O_WRONLY | O_APPEND | O_CREAT);
}

int open_trunc(const char *path)
{
	return open_with(path, O_WRONLY | O_TRUNC | O_CREAT);
}

int open_excl(const char *path)
{
	return open_with(path, O_WRONLY | O_EXCL | O_CREAT);
}

ssize_t fd_read(int fd, void *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t fd_write(int fd, const void *from, size_t n)
{
	ssize_t put;

	do
		put = write(fd, from, n);
	while (put < 0 && errno == EINTR);
	return put;
}

static int with_flags(int fd, int get, int set, int bit, int on)
{
	int flags = fcntl(fd, get);

	if (flags < 0)
		return -1;
	return fcntl(fd, set, on ? flags | bit : flags & ~bit);
}

int fd_nonblock(int fd, int on)
{
	return with_flags(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

int fd_cloexec(int fd)
{
	return with_flags(fd, F_GETFD, F_SETFD, FD_CLOEXEC, 1);
}

int fd_copy(int to, int from)
{
	if (to == from)
		return with_flags(to, F_GETFD, F_SETFD, FD_CLOEXEC, 0);
	return dup2(from, to) < 0 ? -1 : 0;
}

int fd_move(int to, int from)
{
	if (fd_copy(to, from) < 0)
		return -1;
	if (to != from)
		close(from);
	return 0;
}

void fd_close(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

int fd_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		return -1;
	if (fd_cloexec(ends[0]) == 0 && fd_cloexec(ends[1]) == 0)
		return 0;
	close(ends[0]);
	close(ends[1]);
	return -1;
}

int fd_lock(int fd)
{
	int r;

	do
		r = flock(fd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	return r;
}

int fd_trylock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB);
}
