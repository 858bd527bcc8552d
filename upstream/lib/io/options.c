/* SPDX-License-Identifier: 0BSD */
/* Command line options. */
#include "lib/io/options.h"

#include <string.h>
#include <unistd.h>

#include "lib/io/proc.h"

/* Room for the letters of any program of ours, marks left out. */
enum { LETTERS = 64 };

int option_next(int argc, char **argv, const char *letters)
{
	char spec[LETTERS + 3] = "+:"; /* do not permute; tell ":" from "?" */
	char letter[2] = "";
	const char *slash;
	int found;

	/* without even a name there are no words to step over */
	if (argc < 1) {
		optind = 0;
		return -1;
	}
	strncat(spec, letters, LETTERS);
	found = getopt(argc, argv, spec);
	if (found != ':' && found != '?')
		return found;
	letter[0] = (char)optopt;
	slash = strrchr(argv[0], '/');
	say(slash ? slash + 1 : argv[0],
		found == ':' ? ": option requires an argument -- "
			     : ": illegal option -- ",
		letter, NULL);
	return '?';
}
