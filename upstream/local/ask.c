/* SPDX-License-Identifier: 0BSD */
/* Asking a program for its opinion of a message. */
#include "local/ask.h"

#include <sys/types.h>
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "local/execute.h"

int ask(const char *name, char **args)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		execute(args);
	if (pid < 0 || wait_pid(&status, pid) != pid)
		die(EXIT_TEMP, name, ": fatal: unable to fork", die_errno,
			NULL);
	if (wait_crashed(status))
		die(EXIT_TEMP, name, ": fatal: child crashed", NULL);
	if (wait_exitcode(status) == EXIT_TEMP)
		die(EXIT_TEMP, name, ": fatal: temporary child error", NULL);
	return wait_exitcode(status) == EXIT_DONE;
}
