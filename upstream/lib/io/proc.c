/* SPDX-License-Identifier: 0BSD */
/* Signals, children, and last words. */
#include "lib/io/proc.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/io/errtext.h"
#include "lib/io/fd.h"
#include "lib/io/outbuf.h"

const char die_errno[] = "";

void sig_catch(int sig, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigemptyset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

void sig_ignore(int sig)
{
	sig_catch(sig, SIG_IGN);
}

void sig_default(int sig)
{
	sig_catch(sig, SIG_DFL);
}

void sig_unblock(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void wait_enable(void)
{
	struct sigaction now;

	if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
		sig_default(SIGCHLD);
}

pid_t wait_pid(int *status, pid_t pid)
{
	pid_t r;

	do
		r = waitpid(pid, status, 0);
	while (r < 0 && errno == EINTR);
	return r;
}

pid_t wait_nohang(int *status)
{
	return waitpid(-1, status, WNOHANG);
}

int wait_crashed(int status)
{
	return WIFSIGNALED(status);
}

int wait_exitcode(int status)
{
	return WEXITSTATUS(status);
}

static void say_list(const char *text, va_list rest, int error)
{
	char mem[512];
	struct outbuf err;

	outbuf_init(&err, fd_write, 2, mem, sizeof mem);
	for (; text; text = va_arg(rest, const char *)) {
		if (text != die_errno) {
			outbuf_puts(&err, text);
			continue;
		}
		outbuf_puts(&err, ": ");
		outbuf_puts(&err, errtext(error));
	}
	outbuf_putc(&err, '\n');
	outbuf_flush(&err);
}

void say(const char *first, ...)
{
	int error = errno;
	va_list rest;

	va_start(rest, first);
	say_list(first, rest, error);
	va_end(rest);
}

_Noreturn void die(int code, const char *first, ...)
{
	int error = errno;
	va_list rest;

	va_start(rest, first);
	say_list(first, rest, error);
	va_end(rest);
	_exit(code);
}
