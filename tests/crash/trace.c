/* SPDX-License-Identifier: 0BSD */
/* Follows a command and all its descendants, call by call.
 *
 *	trace record LOG TOP... -- COMMAND...
 * writes down what they do to files below the directories (record.c).
 *
 *	trace kill PROGRAM N|each [all] -- COMMAND...
 * kills, as it enters its N-th call that anybody else can see the effect of
 * (calls.c; `all`: its N-th call), a process that runs the program; calls are
 * counted over all of them, children that it forks included. `each`: the first
 * such process is killed at its own first call, the second at its second, and
 * so on. Says on descriptor 2 what it killed, then lets everybody else go on.
 *
 * Ends when the last of them has; 1 if nobody was killed. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace.h"

enum { PROCESSES = 4096 };

enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
		PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
		PTRACE_O_EXITKILL
};

static struct process *processes[PROCESSES];
static int alive;

static struct {
	int record;
	const char *program; /* the killer's */
	unsigned long at;    /* 0: each at its own number */
	int all;
	int instances;
	unsigned long calls; /* of all of them */
	int killed;
} task;

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(2);
}

static struct process *find(pid_t pid)
{
	struct process **spare = NULL;

	for (int i = 0; i < PROCESSES; ++i) {
		if (processes[i] && processes[i]->pid == pid)
			return processes[i];
		if (!spare && (!processes[i] || !processes[i]->pid))
			spare = &processes[i];
	}
	if (!spare)
		fail("too many processes");
	if (!*spare)
		*spare = malloc(sizeof **spare);
	if (!*spare)
		fail("memory");
	memset(*spare, 0, sizeof **spare);
	(*spare)->pid = pid;
	++alive;
	return *spare;
}

static void learn_program(struct process *process)
{
	char link[64];
	char path[PATH_ROOM];
	ssize_t n;
	const char *name;

	snprintf(link, sizeof link, "/proc/%d/exe", process->pid);
	n = readlink(link, path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	name = strrchr(path, '/');
	snprintf(process->program, sizeof process->program, "%.60s",
		name ? name + 1 : "?");
	process->program_known = 1;
}

static void go_on(const struct process *process, int sig)
{
	/* it may have been killed meanwhile */
	ptrace(PTRACE_SYSCALL, process->pid, 0, (long)sig);
}

/* Returns 1 if the process was killed. */
static int strike(struct process *process)
{
	if (!process->born || (!task.all && !call_is_visible(process)))
		return 0;
	++process->own;
	++task.calls;
	if (task.at ? task.calls != task.at
		    : process->own != (unsigned long)process->born)
		return 0;
	kill(process->pid, SIGKILL);
	++task.killed;
	fprintf(stderr, "killed %s call %lu %s\n", task.program,
		task.at ? task.at : process->own,
		call_name(process->call.number));
	return 1;
}

/* At a stop of a call: which one, or what came of it. */
static void look(struct process *process)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) <=
		0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		process->call.number = (long)info.entry.nr;
		memcpy(process->call.args, info.entry.args,
			sizeof process->call.args);
		process->inside = 1;
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		process->call.result = info.exit.rval;
		process->inside = 0;
	}
}

static void on_end(struct process *process, int status)
{
	if (task.record)
		record_end(process, status);
	else if (process->born && !task.at && !WIFSIGNALED(status))
		fprintf(stderr, "whole %s calls %lu instance %d\n",
			task.program, process->own, process->born);
	process->pid = 0;
	--alive;
}

static void on_exec(struct process *process)
{
	learn_program(process);
	process->born = 0;
	process->own = 0;
	if (task.program && strcmp(process->program, task.program) == 0)
		process->born = ++task.instances;
}

/* A recorded call that changes files is over before anybody else may begin one,
 * so that the order in the log is the order in which they happened. */
static void finish_call(struct process *process)
{
	int status;

	ptrace(PTRACE_SYSCALL, process->pid, 0, 0);
	if (waitpid(process->pid, &status, __WALL) < 0)
		fail("waitpid");
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		on_end(process, status);
		return;
	}
	look(process);
	if (!process->inside)
		record_exit(process);
	go_on(process, 0);
}

static void on_call(struct process *process)
{
	look(process);
	if (process->inside && !task.record && strike(process))
		return;
	if (process->inside && task.record && record_entry(process))
		finish_call(process);
	else
		go_on(process, 0);
}

static void on_stop(struct process *process, int status)
{
	int sig = WSTOPSIG(status);
	int event = status >> 16;
	unsigned long child;
	struct process *born;

	if (!process->program_known)
		learn_program(process);
	if (sig == (SIGTRAP | 0x80)) {
		on_call(process);
		return;
	}
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (ptrace(PTRACE_GETEVENTMSG, process->pid, 0, &child) == 0) {
			born = find((pid_t)child);
			memcpy(born->program, process->program,
				sizeof born->program);
			born->program_known = 1;
			if (process->born)
				born->born = ++task.instances;
		}
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(process);
		break;
	case PTRACE_EVENT_STOP:
		break;
	case 0:
		go_on(process, sig);
		return;
	}
	go_on(process, 0);
}

static void follow(void)
{
	int status;
	pid_t pid;

	while (alive && (pid = waitpid(-1, &status, __WALL)) > 0) {
		struct process *process = find(pid);

		if (WIFEXITED(status) || WIFSIGNALED(status))
			on_end(process, status);
		else
			on_stop(process, status);
	}
}

static void start(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(*command, command);
		_exit(127);
	}
	if (waitpid(pid, &status, WUNTRACED) < 0 ||
		ptrace(PTRACE_SEIZE, pid, 0, (long)OPTIONS) < 0)
		fail("ptrace");
	find(pid);
	kill(pid, SIGCONT);
}

int main(int argc, char **argv)
{
	char **rest = argv;

	while (*rest && strcmp(*rest, "--") != 0)
		++rest;
	if (argc < 5 || !*rest || !rest[1]) {
		fputs("usage: see the top of trace.c\n", stderr);
		return 2;
	}
	*rest = NULL;
	if (strcmp(argv[1], "record") == 0) {
		task.record = 1;
		record_open(argv[2], argv + 3);
	} else {
		task.program = argv[2];
		task.at = strtoul(argv[3], NULL, 10);
		task.all = argv[4] && strcmp(argv[4], "all") == 0;
	}
	start(rest + 1);
	follow();
	return task.record || task.killed ? 0 : 1;
}
