/* SPDX-License-Identifier: 0BSD */
/* The parts of the mbox format. */
#include "lib/mail/mbox.h"

#include <string.h>

int mbox_needs_mark(const char *line, slen n)
{
	while (n && *line == '>') {
		line++;
		n--;
	}
	return n >= 5 && memcmp(line, "From ", 5) == 0;
}
