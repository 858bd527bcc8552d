/* SPDX-License-Identifier: 0BSD */
/* Becoming another program. */
#include "local/execute.h"

#include <errno.h>
#include <unistd.h>

#include "lib/mail/exits.h"

_Noreturn void execute(char **args)
{
	execvp(args[0], args);
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case EACCES:
	case EPERM:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOEXEC:
	case E2BIG:
		_exit(EXIT_PERM);
	default:
		_exit(EXIT_TEMP);
	}
}
