/* SPDX-License-Identifier: 0BSD */
/* Finding the .qmail file that speaks for an address. See dot-qmail(5). */
#ifndef LOCAL_DOTFILE_H
#define LOCAL_DOTFILE_H

#include "lib/str/stralloc.h"

/* Which address of the user: its extension, and what stands between user and
 * extension (empty for the user's own address and for catch-all users). */
struct dotfile_key {
	const char *dash;
	const char *ext;
};

struct dotfile {
	int fd;
	int forward_only; /* its owner may execute it */
	struct stralloc name;
	const char *rest; /* what of ext "default" stands for, or null */
};

/* Opens the file for the address, from the current directory: the exact name,
 * then the defaults, the longest first. A zeroed struct is to be filled.
 * Returns 1; 0 if there is none; -1 after saying why it must be tried again
 * later. */
int dotfile_find(struct dotfile *file, const struct dotfile_key *key);

/* Is there a file of any type whose name is that of the address and then
 * suffix? Returns 1 or 0; -1 after saying why it cannot be told. */
int dotfile_exists(const struct dotfile_key *key, const char *suffix);

#endif
