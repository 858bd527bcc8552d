/* SPDX-License-Identifier: 0BSD */
/* Signals, children, and last words. */
#ifndef IO_PROC_H
#define IO_PROC_H

#include <sys/types.h>

/* Sets what one signal does: caught by handler (system calls are not
 * restarted), ignored, or its default action. */
void sig_catch(int sig, void (*handler)(int));
void sig_ignore(int sig);
void sig_default(int sig);

/* Lets a signal through that the parent may have had held back. */
void sig_unblock(int sig);

/* To be called before a child is made whose end matters: if the parent had
 * SIGCHLD ignored, which a new program inherits, the system would forget how it
 * ended. */
void wait_enable(void);

/* Waits for one child; EINTR is tried again. Returns its pid, or -1 with
 * errno. */
pid_t wait_pid(int *status, pid_t pid);

/* Takes one ended child without waiting. Returns its pid; 0 if none has ended;
 * -1. */
pid_t wait_nohang(int *status);

/* What became of a child, from its status. */
int wait_crashed(int status);  /* a signal ended it */
int wait_exitcode(int status); /* its exit code otherwise */

/* Writes the C strings one after another, and a newline, to descriptor 2. The
 * list ends with a null pointer; die_errno in it stands for ": " and the text
 * of errno. */
extern const char die_errno[];
void say(const char *first, ...) __attribute__((sentinel));

/* The same, then ends the process. */
_Noreturn void die(int code, const char *first, ...) __attribute__((sentinel));

#endif
