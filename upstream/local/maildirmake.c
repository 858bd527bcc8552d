/* SPDX-License-Identifier: 0BSD */
/* maildirmake: makes an empty Maildir. */
#include <stddef.h>
#include <sys/stat.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/str/stralloc.h"

int main(int argc, char **argv)
{
	static const char *const parts[] = {"", "/tmp", "/new", "/cur"};
	struct stralloc path = {0};

	if (argc < 2)
		die(EXIT_PERM, "maildirmake: usage: maildirmake directory",
			NULL);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		sa_copys(&path, argv[1]);
		sa_cats(&path, parts[i]);
		if (mkdir(sa_cstr(&path), 0700) < 0)
			die(EXIT_TEMP, "maildirmake: fatal: unable to mkdir ",
				path.s, die_errno, NULL);
	}
	return EXIT_DONE;
}
