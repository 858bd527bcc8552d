/* SPDX-License-Identifier: 0BSD */
/* predate: runs a program with a Date field, in local time, ahead of its
 * input. */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/date.h"
#include "lib/mail/exits.h"

#define FATAL "predate: fatal: "

static _Noreturn void become(char **words, int input)
{
	if (fd_move(0, input) == 0)
		execvp(words[0], words);
	die(EXIT_TEMP, FATAL "unable to run ", words[0], die_errno, NULL);
}

/* Without all of its input the program must not come to an end: what it got
 * looks like a whole message. */
static _Noreturn void stop(pid_t program)
{
	int error = errno;

	kill(program, SIGKILL);
	errno = error;
	die(EXIT_TEMP, FATAL "unable to read input", die_errno, NULL);
}

/* The program may stop reading whenever it likes, so writing cannot fail. */
static void feed(int to, pid_t program, const struct stralloc *date)
{
	char in_mem[4096];
	char out_mem[4096];
	struct inbuf in;
	struct outbuf out;

	inbuf_init(&in, fd_read, 0, in_mem, sizeof in_mem);
	outbuf_init(&out, fd_write, to, out_mem, sizeof out_mem);
	outbuf_puts(&out, "Date: ");
	outbuf_putsa(&out, date);
	outbuf_putc(&out, '\n');
	if (copy_stream(&out, &in) < 0)
		stop(program);
	outbuf_flush(&out);
}

int main(int argc, char **argv)
{
	struct stralloc date = {0};
	time_t now = time(NULL);
	struct tm *here = localtime(&now);
	int ends[2];
	int status;
	pid_t pid;

	if (argc < 2)
		die(EXIT_PERM, "predate: usage: predate program [argument ...]",
			NULL);
	date_zoned(&date, now, here ? here->tm_gmtoff / 60 : 0);
	if (fd_pipe(ends) < 0)
		die(EXIT_TEMP, FATAL "unable to create pipe", die_errno, NULL);
	wait_enable();
	pid = fork();
	if (pid < 0)
		die(EXIT_TEMP, FATAL "unable to fork", die_errno, NULL);
	if (pid == 0)
		become(argv + 1, ends[0]);
	close(ends[0]);
	sig_ignore(SIGPIPE);
	feed(ends[1], pid, &date);
	sa_free(&date);
	close(ends[1]);
	if (wait_pid(&status, pid) < 0)
		die(EXIT_TEMP, FATAL "wait failed", die_errno, NULL);
	if (wait_crashed(status))
		die(EXIT_TEMP, FATAL "child crashed", NULL);
	return wait_exitcode(status);
}
