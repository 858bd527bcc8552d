/* SPDX-License-Identifier: 0BSD */
/* Which files a process means. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "trace.h"

static char **below;

void paths_below(char **tops)
{
	below = tops;
}

/* Copies a string out of the process; cut at the room. Returns 0, or -1. */
static int peek_string(pid_t pid, uint64_t at, char *to, size_t room)
{
	size_t done = 0;

	while (done + 1 < room) {
		/* not across a page, behind which there may be nothing */
		size_t part = 4096 - (at + done) % 4096;
		struct iovec here = {to + done, 0};
		struct iovec there = {(void *)(uintptr_t)(at + done), 0};
		ssize_t n;

		if (part > room - 1 - done)
			part = room - 1 - done;
		here.iov_len = there.iov_len = part;
		n = process_vm_readv(pid, &here, 1, &there, 1, 0);
		if (n <= 0)
			return -1;
		if (memchr(to + done, '\0', (size_t)n))
			return 0;
		done += (size_t)n;
	}
	to[done] = '\0';
	return 0;
}

static int is_below(const char *path)
{
	for (char **top = below; *top; ++top) {
		size_t n = strlen(*top);

		if (strncmp(path, *top, n) == 0 &&
			(path[n] == '/' || path[n] == '\0'))
			return 1;
	}
	return 0;
}

/* Takes "/./", "//" and "/../" out of an absolute path. */
static void tidy(char *path)
{
	char *to = path;

	for (char *at = path; *at;) {
		size_t n;

		while (*at == '/')
			++at;
		n = strcspn(at, "/");
		if (n == 2 && at[0] == '.' && at[1] == '.') {
			while (to > path && *--to != '/')
				;
		} else if (n && !(n == 1 && *at == '.')) {
			*to++ = '/';
			memmove(to, at, n);
			to += n;
		}
		at += n;
	}
	*to = '\0';
}

int paths_resolve(
	const struct process *process, int dirfd, uint64_t name, char *path)
{
	char text[PATH_ROOM / 2];
	char link[64];
	ssize_t n = 0;

	if (peek_string(process->pid, name, text, sizeof text) < 0)
		return -1;
	if (*text != '/') {
		if (dirfd == AT_FDCWD)
			snprintf(link, sizeof link, "/proc/%d/cwd",
				process->pid);
		else
			snprintf(link, sizeof link, "/proc/%d/fd/%d",
				process->pid, dirfd);
		n = readlink(link, path, PATH_ROOM / 2);
		if (n < 0)
			return -1;
		path[n++] = '/';
	}
	snprintf(path + n, (size_t)(PATH_ROOM - n), "%s", text);
	tidy(path);
	return is_below(path) ? 0 : -1;
}

int paths_file(
	const struct process *process, uint64_t fd, struct stat *st, char *path)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%d/fd/%d", process->pid, (int)fd);
	n = readlink(link, path, PATH_ROOM - 1);
	if (n <= 0)
		return 0;
	path[n] = '\0';
	return is_below(path) && stat(link, st) == 0 &&
		(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
}
