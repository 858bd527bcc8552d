/* SPDX-License-Identifier: 0BSD */
/* queue/farewell */
#define _GNU_SOURCE
#include "queue/farewell.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "queue/cleaner.h"
#include "queue/send-log.h"
#include "harness.h"

static int fsync_error;
static int commands;

int fsync(int fd)
{
	(void)fd;
	errno = fsync_error;
	return fsync_error ? -1 : 0;
}

int syncfs(int fd)
{
	return fsync(fd);
}

/* A queue, and a qmail-clean that has said yes to all that may come. */
static void begin(void)
{
	static const char *const folders[] = {
		"local", "remote", "info", "bounce", "todo"};
	int to[2];
	int back[2];
	char path[32];

	scratch_enter();
	for (size_t i = 0; i < COUNT(folders); ++i) {
		want_num(0, mkdir(folders[i], 0700));
		for (int part = 0; part < 23 && i < 3; ++part) {
			snprintf(path, sizeof path, "%s/%d", folders[i], part);
			want_num(0, mkdir(path, 0700));
		}
	}
	want_num(0, fd_pipe(to));
	want_num(0, fd_pipe(back));
	want_num(0, fd_nonblock(to[0], 1));
	want_num(4, write(back[1], "++++", 4));
	commands = to[0];
	cleaner_open(to[1], back[0]);
	fsync_error = 0;
}

/* What qmail-clean was asked since the last time. */
#define want_asked(literal) want_asked_(literal, sizeof(literal) - 1)
static void want_asked_(const char *expected, size_t n)
{
	char got[256];
	ssize_t m = read(commands, got, sizeof got);

	want_bytes(NULL, expected, n, got, m < 0 ? 0 : (size_t)m);
}

TEST(messages_are_removed_once_and_only_after_the_syncs)
{
	begin();
	cleaner_remove_mess(5);
	cleaner_remove_mess(28);
	cleaner_remove_mess(5); /* as the sweep would */
	want_asked("");
	fsync_error = EIO;
	farewell_step(1000);
	want_asked("");
	fsync_error = 0;
	farewell_step(1001); /* trouble has its pause */
	want_asked("");
	cleaner_remove_mess(28);
	farewell_step(1000 + 123);
	want_asked("foop/5\0foop/28\0");
	farewell_step(5000);
	farewell_finish();
	want_asked("");
}

TEST(at_the_end_nothing_waits)
{
	begin();
	cleaner_remove_mess(7);
	farewell_finish();
	want_asked("foop/7\0");
}
