/* SPDX-License-Identifier: 0BSD */
/* What is known of system calls. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace.h"

/* Is the descriptor one that other processes have an end of? */
static int is_shared(const struct process *process)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/fd/%d", process->pid,
		(int)process->call.args[0]);
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
		!S_ISCHR(st.st_mode);
}

static int opens_to_change(long number, const uint64_t *args)
{
#ifdef SYS_open
	if (number == SYS_open)
		return (args[1] & (O_CREAT | O_TRUNC)) != 0;
	if (number == SYS_creat)
		return 1;
#endif
	return number == SYS_openat && (args[2] & (O_CREAT | O_TRUNC)) != 0;
}

static const struct {
	long number;
	const char *name;
	int visible; /* 2: only on what is shared */
} known[] = {
#ifdef SYS_open
	{SYS_open, "open", 0},
	{SYS_creat, "creat", 0},
	{SYS_link, "link", 1},
	{SYS_unlink, "unlink", 1},
	{SYS_rename, "rename", 1},
	{SYS_mkdir, "mkdir", 1},
	{SYS_rmdir, "rmdir", 1},
	{SYS_fork, "fork", 1},
	{SYS_vfork, "vfork", 1},
#endif
	{SYS_openat, "openat", 0},
	{SYS_linkat, "linkat", 1},
	{SYS_unlinkat, "unlinkat", 1},
	{SYS_renameat2, "renameat2", 1},
	{SYS_mkdirat, "mkdirat", 1},
	{SYS_clone, "clone", 1},
	{SYS_write, "write", 1},
	{SYS_writev, "writev", 1},
	{SYS_pwrite64, "pwrite", 1},
	{SYS_pwritev, "pwritev", 1},
	{SYS_ftruncate, "ftruncate", 1},
	{SYS_truncate, "truncate", 1},
	{SYS_read, "read", 2},
	{SYS_execve, "execve", 1},
	{SYS_exit_group, "exit", 1},
	{SYS_kill, "kill", 1},
	{SYS_fsync, "fsync", 0},
	{SYS_utimensat, "utime", 1},
	{SYS_close, "close", 0},
	{SYS_fcntl, "fcntl", 0},
	{SYS_mmap, "mmap", 0},
};

enum { KNOWN = sizeof known / sizeof *known };

int call_is_visible(const struct process *process)
{
	long number = process->call.number;

	if (opens_to_change(number, process->call.args))
		return 1;
	for (int i = 0; i < KNOWN; ++i)
		if (known[i].number == number)
			return known[i].visible == 2 ? is_shared(process)
						     : known[i].visible;
	return 0;
}

const char *call_name(long number)
{
	static char text[24];

	for (int i = 0; i < KNOWN; ++i)
		if (known[i].number == number)
			return known[i].name;
	snprintf(text, sizeof text, "call-%ld", number);
	return text;
}
