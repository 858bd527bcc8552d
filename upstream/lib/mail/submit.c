/* SPDX-License-Identifier: 0BSD */
/* Handing a message to qmail-queue. */
#include "lib/mail/submit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/home.h"
#include "lib/mail/submit-verdict.h"

/* The program to run, relative to the installation's home. */
static char *queue_program(void)
{
	static char program[] = "bin/qmail-queue";

	return program;
}

/* In the child: becomes the queue program, or exits as it would. */
static _Noreturn void become_queue(int message, int envelope)
{
	char *args[] = {queue_program(), NULL};

	if (chdir(qmail_home) < 0)
		_exit(QUEUE_NO_HOME);
	if (fd_move(0, message) == 0 && fd_move(1, envelope) == 0)
		execv(args[0], args);
	_exit(QUEUE_NO_EXEC);
}

static int start(struct submit *sub, int message[2], int envelope[2])
{
	wait_enable();
	sub->pid = fork();
	if (sub->pid < 0)
		return -1;
	if (sub->pid == 0)
		become_queue(message[0], envelope[0]);
	close(message[0]);
	close(envelope[0]);
	sub->message = message[1];
	sub->envelope = envelope[1];
	sub->failed = 0;
	outbuf_init(
		&sub->out, fd_write, sub->message, sub->mem, sizeof sub->mem);
	return 0;
}

int submit_open(struct submit *sub)
{
	int message[2];
	int envelope[2];
	int error;

	if (fd_pipe(message) < 0)
		return -1;
	if (fd_pipe(envelope) < 0) {
		error = errno;
	} else {
		if (start(sub, message, envelope) == 0)
			return 0;
		error = errno;
		close(envelope[0]);
		close(envelope[1]);
	}
	close(message[0]);
	close(message[1]);
	errno = error;
	return -1;
}

unsigned long submit_qp(const struct submit *sub)
{
	return (unsigned long)sub->pid;
}

void submit_put(struct submit *sub, const void *from, size_t n)
{
	if (!sub->failed)
		outbuf_put(&sub->out, from, n);
}

void submit_puts(struct submit *sub, const char *text)
{
	submit_put(sub, text, strlen(text));
}

void submit_fail(struct submit *sub)
{
	sub->failed = 1;
}

/* Sends what is buffered, or remembers that it could not. */
static void flush(struct submit *sub)
{
	if (!sub->failed && outbuf_flush(&sub->out) < 0)
		sub->failed = 1;
}

void submit_from(struct submit *sub, const char *sender)
{
	/* the queue sees a cancelled message as far as it was put */
	if (outbuf_flush(&sub->out) < 0)
		sub->failed = 1;
	close(sub->message);
	sub->message = -1;
	outbuf_init(
		&sub->out, fd_write, sub->envelope, sub->mem, sizeof sub->mem);
	submit_puts(sub, "F");
	submit_put(sub, sender, strlen(sender) + 1);
}

void submit_to(struct submit *sub, const char *recipient)
{
	submit_puts(sub, "T");
	submit_put(sub, recipient, strlen(recipient) + 1);
}

const char *submit_close(struct submit *sub)
{
	int status;

	if (sub->message >= 0)
		sub->failed = 1;
	submit_put(sub, "", 1);
	flush(sub);
	if (sub->message >= 0)
		close(sub->message);
	close(sub->envelope);
	if (wait_pid(&status, sub->pid) != sub->pid)
		return "Zqq waitpid surprise (#4.3.0)";
	return submit_verdict(status, sub->failed);
}
