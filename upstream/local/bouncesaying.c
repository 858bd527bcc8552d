/* SPDX-License-Identifier: 0BSD */
/* bouncesaying: bounces a message with a text, if a program says so. */
#include <stddef.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "local/ask.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		die(EXIT_PERM,
			"bouncesaying: usage: bouncesaying text "
			"[program [arg ...]]",
			NULL);
	if (argc > 2 && !ask("bouncesaying", argv + 2))
		return EXIT_DONE;
	die(EXIT_PERM, argv[1], NULL);
}
