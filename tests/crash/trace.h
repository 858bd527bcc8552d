/* SPDX-License-Identifier: 0BSD */
/* What the recorder and the killer know of a process that is traced. */
#ifndef CRASH_TRACE_H
#define CRASH_TRACE_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum { PATH_ROOM = 4096 };

/* A system call that a process is about to make, or has made. */
struct call {
	long number;
	uint64_t args[6];
	int64_t result;
};

struct process {
	pid_t pid; /* 0: this place is free */
	char program[64];
	int program_known;
	struct call call;
	int inside; /* between the entry and the exit of the call */
	int born;   /* it runs the killer's program, as the how-manieth */
	unsigned long own; /* calls it has made as that program */
	/* the recorder's, from entry to exit */
	char path[PATH_ROOM];
	char other[PATH_ROOM];
	int was_there;
};

/* record.c: begins a log about files below the directories (null at the end).
 * Fails the program if it cannot be written. */
void record_open(const char *log, char **tops);

/* Is the call one that changes files, so that it must be over before another
 * process may begin one? Notes what is to be known before it happens. */
int record_entry(struct process *process);

/* Writes down what the call did. */
void record_exit(struct process *process);

/* Writes down that a program ended, with its wait status. */
void record_end(const struct process *process, int status);

/* calls.c: does anybody but the process see the call, were it killed just after
 * it and not just before it? */
int call_is_visible(const struct process *process);

/* The call's name, as far as these programs make it, else its number. */
const char *call_name(long number);

/* paths.c: only what lies below these directories (null at the end) counts. */
void paths_below(char **tops);

/* Stores the absolute path (PATH_ROOM bytes) that the process means by a name
 * at an address in its memory. Returns 0; -1 if it does not count. */
int paths_resolve(
	const struct process *process, int dirfd, uint64_t name, char *path);

/* The same for the file or directory behind a descriptor, and what it is.
 * Returns 1; 0 if it does not count. */
int paths_file(const struct process *process, uint64_t fd, struct stat *st,
	char *path);

#endif
