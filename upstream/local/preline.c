/* SPDX-License-Identifier: 0BSD */
/* preline: runs a program on a message with the delivery's lines in front. */
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/options.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "local/execute.h"

static const char fatal[] = "preline: fatal: ";

/* The lines in their order, each with the letter that leaves it out; its
 * capital brings it back. */
static struct line {
	const char *variable;
	char drop;
	char keep;
	int dropped;
	const char *text;
} lines[] = {
	{"UFLINE", 'f', 'F', 0, NULL},
	{"RPLINE", 'r', 'R', 0, NULL},
	{"DTLINE", 'd', 'D', 0, NULL},
};
enum { LINES = sizeof lines / sizeof *lines };

static _Noreturn void usage(void)
{
	die(EXIT_PERM, "preline: usage: preline [-dDfFrR] program [arg ...]",
		NULL);
}

static void take_option(int option)
{
	if (option == '?')
		usage();
	for (int i = 0; i < LINES; i++)
		if (option == lines[i].drop || option == lines[i].keep)
			lines[i].dropped = option == lines[i].drop;
}

static void read_environment(void)
{
	for (int i = 0; i < LINES; i++) {
		lines[i].text = getenv(lines[i].variable);
		if (!lines[i].text)
			die(EXIT_PERM, fatal, lines[i].variable, " not set",
				NULL);
	}
}

/* Starts the program. Returns its pid and stores where its input is written. */
static pid_t start(char **args, int *input)
{
	int ends[2];
	pid_t pid;

	if (fd_pipe(ends) < 0)
		die(EXIT_TEMP, fatal, "unable to create pipe", die_errno, NULL);
	pid = fork();
	if (pid < 0)
		die(EXIT_TEMP, fatal, "unable to fork", die_errno, NULL);
	if (pid == 0) {
		if (fd_move(0, ends[0]) < 0)
			_exit(EXIT_TEMP);
		execute(args);
	}
	close(ends[0]);
	*input = ends[1];
	return pid;
}

/* A program that does not want all of its input is none of our business. */
static void feed(int input)
{
	char from[4096];
	char to[4096];
	struct inbuf in;
	struct outbuf out;

	inbuf_init(&in, fd_read, 0, from, sizeof from);
	outbuf_init(&out, fd_write, input, to, sizeof to);
	for (int i = 0; i < LINES; i++)
		if (!lines[i].dropped)
			outbuf_puts(&out, lines[i].text);
	if (copy_stream(&out, &in) < 0)
		die(EXIT_TEMP, fatal, "unable to read message", die_errno,
			NULL);
	outbuf_flush(&out);
	close(input);
}

int main(int argc, char **argv)
{
	int option;
	int input;
	int status;
	pid_t pid;

	while ((option = option_next(argc, argv, "fFrRdD")) != -1)
		take_option(option);
	if (optind == argc)
		usage();
	read_environment();
	pid = start(argv + optind, &input);
	sig_ignore(SIGPIPE);
	feed(input);
	if (wait_pid(&status, pid) != pid || wait_crashed(status))
		die(EXIT_TEMP, fatal, "child crashed", NULL);
	return wait_exitcode(status);
}
