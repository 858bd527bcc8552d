/* SPDX-License-Identifier: 0BSD */
/* except: runs a program and turns its yes into no. */
#include <stddef.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "local/ask.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		die(EXIT_PERM, "except: usage: except program [arg ...]", NULL);
	return ask("except", argv + 1) ? EXIT_PERM : EXIT_DONE;
}
