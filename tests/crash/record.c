/* SPDX-License-Identifier: 0BSD */
/* Writing down what processes do to files. A line an event; paths are absolute
 * and hold no blanks, files are named by the number of their inode:
 *
 *	new INO PATH            a file was made
 *	dir PATH                a directory was made
 *	put INO OFFSET HEX      bytes were written
 *	cut INO LENGTH          the file was cut or lengthened
 *	link OLD NEW            move OLD NEW            gone PATH
 *	sync INO                the file was synced
 *	syncdir PATH            the directory was
 *	syncall                 everything was
 *	end PROGRAM PID STATUS  a process ended; STATUS is wait(2)'s
 *	lost WHAT               something that this recorder does not understand */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace.h"

static FILE *out;

void record_open(const char *log, char **tops)
{
	out = fopen(log, "we");
	if (!out) {
		perror(log);
		exit(2);
	}
	setvbuf(out, NULL, _IOLBF, 0);
	paths_below(tops);
}

static void put_data(const struct process *process, int at_offset)
{
	static unsigned char data[1 << 20];
	struct stat st;
	char path[PATH_ROOM];
	char line[128];
	off_t offset = -1;
	size_t n = (size_t)process->call.result;
	FILE *info;
	int fd;

	if (!paths_file(process, process->call.args[0], &st, path))
		return;
	snprintf(line, sizeof line, "/proc/%d/fdinfo/%d", process->pid,
		(int)process->call.args[0]);
	if (at_offset) {
		offset = (off_t)process->call.args[3];
	} else if ((info = fopen(line, "re"))) {
		long pos;

		if (fscanf(info, "pos: %ld", &pos) == 1)
			offset = (off_t)pos - (off_t)n;
		fclose(info);
	}
	snprintf(line, sizeof line, "/proc/%d/fd/%d", process->pid,
		(int)process->call.args[0]);
	fd = open(line, O_RDONLY | O_CLOEXEC);
	if (offset < 0 || n > sizeof data || fd < 0 ||
		pread(fd, data, n, offset) != (ssize_t)n) {
		fprintf(out, "lost data of %s\n", path);
	} else {
		fprintf(out, "put %lu %ld ", (unsigned long)st.st_ino,
			(long)offset);
		for (size_t i = 0; i < n; ++i)
			fprintf(out, "%02x", data[i]);
		putc('\n', out);
	}
	if (fd >= 0)
		close(fd);
}

static void put_cut(const struct process *process)
{
	struct stat st;
	char path[PATH_ROOM];

	if (paths_file(process, process->call.args[0], &st, path))
		fprintf(out, "cut %lu %ld\n", (unsigned long)st.st_ino,
			(long)process->call.args[1]);
}

static void put_sync(const struct process *process)
{
	struct stat st;
	char path[PATH_ROOM];

	if (!paths_file(process, process->call.args[0], &st, path))
		return;
	if (S_ISDIR(st.st_mode))
		fprintf(out, "syncdir %s\n", path);
	else
		fprintf(out, "sync %lu\n", (unsigned long)st.st_ino);
}

static void put_open(const struct process *process, uint64_t flags)
{
	struct stat st;

	if (!*process->path || stat(process->path, &st) < 0 ||
		!S_ISREG(st.st_mode))
		return;
	if (!process->was_there)
		fprintf(out, "new %lu %s\n", (unsigned long)st.st_ino,
			process->path);
	else if (flags & O_TRUNC)
		fprintf(out, "cut %lu 0\n", (unsigned long)st.st_ino);
}

/* The call in one form, whatever its variant. */
enum kind {
	NOTHING,
	OPEN,
	WRITE,
	PWRITE,
	CUT,
	LINK,
	UNLINK,
	RENAME,
	MKDIR,
	SYNC,
	SYNC_ALL,
	UNKNOWN
};

static const struct {
	long number;
	enum kind kind;
	int dirfd; /* argument; -1: none */
	int name;
	int dirfd2;
	int name2;
	int flags;
} forms[] = {
#ifdef SYS_open
	{SYS_open, OPEN, -1, 0, -1, -1, 1},
	{SYS_creat, UNKNOWN, -1, 0, -1, -1, -1},
	{SYS_link, LINK, -1, 0, -1, 1, -1},
	{SYS_unlink, UNLINK, -1, 0, -1, -1, -1},
	{SYS_rename, RENAME, -1, 0, -1, 1, -1},
	{SYS_mkdir, MKDIR, -1, 0, -1, -1, -1},
	{SYS_rmdir, UNKNOWN, -1, 0, -1, -1, -1},
	{SYS_symlink, UNKNOWN, -1, 1, -1, -1, -1},
#endif
#ifdef SYS_renameat
	{SYS_renameat, RENAME, 0, 1, 2, 3, -1},
#endif
	{SYS_openat, OPEN, 0, 1, -1, -1, 2},
	{SYS_linkat, LINK, 0, 1, 2, 3, -1},
	{SYS_unlinkat, UNLINK, 0, 1, -1, -1, -1},
	{SYS_renameat2, RENAME, 0, 1, 2, 3, -1},
	{SYS_mkdirat, MKDIR, 0, 1, -1, -1, -1},
	{SYS_truncate, UNKNOWN, -1, 0, -1, -1, -1},
	{SYS_write, WRITE, -1, -1, -1, -1, -1},
	{SYS_writev, WRITE, -1, -1, -1, -1, -1},
	{SYS_pwrite64, PWRITE, -1, -1, -1, -1, -1},
	{SYS_pwritev, PWRITE, -1, -1, -1, -1, -1},
	{SYS_ftruncate, CUT, -1, -1, -1, -1, -1},
	{SYS_fsync, SYNC, -1, -1, -1, -1, -1},
	{SYS_fdatasync, SYNC, -1, -1, -1, -1, -1},
	{SYS_sync, SYNC_ALL, -1, -1, -1, -1, -1},
	{SYS_syncfs, SYNC_ALL, -1, -1, -1, -1, -1},
};

static int form_of(long number)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i)
		if (forms[i].number == number)
			return (int)i;
	return -1;
}

static int dirfd_of(const struct process *process, int argument)
{
	return argument < 0 ? AT_FDCWD : (int)process->call.args[argument];
}

int record_entry(struct process *process)
{
	int i = form_of(process->call.number);
	struct stat st;

	*process->path = *process->other = '\0';
	if (i < 0)
		return 0;
	if (forms[i].kind == OPEN &&
		!(process->call.args[forms[i].flags] & (O_CREAT | O_TRUNC)))
		return 0;
	if (forms[i].name >= 0 &&
		paths_resolve(process, dirfd_of(process, forms[i].dirfd),
			process->call.args[forms[i].name], process->path) < 0)
		*process->path = '\0';
	if (forms[i].name2 >= 0 &&
		paths_resolve(process, dirfd_of(process, forms[i].dirfd2),
			process->call.args[forms[i].name2], process->other) < 0)
		*process->other = '\0';
	process->was_there = *process->path && stat(process->path, &st) == 0;
	/* A FIFO or a terminal can make a write wait for somebody else. */
	if (forms[i].kind == WRITE || forms[i].kind == PWRITE) {
		char path[PATH_ROOM];

		return paths_file(process, process->call.args[0], &st, path);
	}
	return 1;
}

static void put_names(const struct process *process, const char *word)
{
	if (*process->path && *process->other)
		fprintf(out, "%s %s %s\n", word, process->path, process->other);
	else if (*process->path || *process->other)
		fprintf(out, "lost %s across the border\n", word);
}

void record_exit(struct process *process)
{
	int i = form_of(process->call.number);

	if (i < 0 || process->call.result < 0)
		return;
	switch (forms[i].kind) {
	case OPEN:
		put_open(process, process->call.args[forms[i].flags]);
		break;
	case WRITE:
	case PWRITE:
		put_data(process, forms[i].kind == PWRITE);
		break;
	case CUT:
		put_cut(process);
		break;
	case SYNC:
		put_sync(process);
		break;
	case SYNC_ALL:
		fputs("syncall\n", out);
		break;
	case LINK:
		put_names(process, "link");
		break;
	case RENAME:
		put_names(process, "move");
		break;
	case UNLINK:
		if (*process->path)
			fprintf(out, "gone %s\n", process->path);
		break;
	case MKDIR:
		if (*process->path)
			fprintf(out, "dir %s\n", process->path);
		break;
	default:
		if (*process->path)
			fprintf(out, "lost %s\n",
				call_name(process->call.number));
	}
}

void record_end(const struct process *process, int status)
{
	fprintf(out, "end %s %d %d\n", process->program, process->pid, status);
}
