/* SPDX-License-Identifier: 0BSD */
/* Delivery to a program. */
#include "local/deliver.h"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"

static const char shell[] = "/bin/sh";

static _Noreturn void run(const char *command)
{
	sig_default(SIGPIPE);
	execl(shell, shell, "-c", command, (char *)NULL);
	die(EXIT_TEMP, "Unable to run ", shell, die_errno, ". (#4.3.0)", NULL);
}

/* The program's exit code as one of ours. Beside our own permanent code, those
 * of sysexits.h that speak of the message are permanent. */
static int verdict(int code)
{
	switch (code) {
	case EXIT_DONE:
	case EXIT_LAST:
		return code;
	case EXIT_PERM:
	case 64:  /* usage */
	case 65:  /* data */
	case 70:  /* internal */
	case 76:  /* protocol */
	case 77:  /* permission */
	case 78:  /* configuration */
	case 112: /* once more our own, of older programs */
		return EXIT_PERM;
	default:
		return EXIT_TEMP;
	}
}

int deliver_program(const char *command)
{
	int status;
	pid_t pid;

	if (lseek(0, 0, SEEK_SET) < 0) {
		say("Unable to read message", die_errno, ". (#4.3.0)", NULL);
		return EXIT_TEMP;
	}
	pid = fork();
	if (pid == 0)
		run(command);
	if (pid < 0 || wait_pid(&status, pid) != pid) {
		say("Unable to fork", die_errno, ". (#4.3.0)", NULL);
		return EXIT_TEMP;
	}
	if (wait_crashed(status)) {
		say("Aack, child crashed. (#4.3.0)", NULL);
		return EXIT_TEMP;
	}
	return verdict(wait_exitcode(status));
}
