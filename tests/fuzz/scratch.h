/* SPDX-License-Identifier: 0BSD */
/* A directory in memory that a target works in, gone at the end of the process. */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int scratch_start = -1; /* the directory that the fuzzer works in */
static int scratch_fd = -1;
static char scratch_path[64];

static inline int scratch_unlink(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void scratch_remove(void)
{
	nftw(scratch_path, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* Makes the directory and goes into it. Returns 1 the first time, when it is empty. */
static inline int scratch_enter(void)
{
	int first = scratch_fd < 0;

	if (first) {
		snprintf(scratch_path, sizeof scratch_path, "/dev/shm/fuzz.%d",
			(int)getpid());
		scratch_start = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (mkdir(scratch_path, 0700) < 0)
			abort();
		scratch_fd = open(
			scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		atexit(scratch_remove);
	}
	if (fchdir(scratch_fd) < 0)
		abort();
	return first;
}

/* Goes back, so that the fuzzer finds its files. */
static inline void scratch_leave(void)
{
	if (fchdir(scratch_start) < 0)
		abort();
}

#endif
