/* SPDX-License-Identifier: 0BSD */
/* The language of .qmail files. See dot-qmail(5). */
#ifndef LOCAL_DOTQMAIL_H
#define LOCAL_DOTQMAIL_H

#include "lib/str/stralloc.h"

enum dotqmail_kind {
	DOTQMAIL_NOTHING,      /* a comment, an empty line, an unknown + */
	DOTQMAIL_BLANK_START,  /* the first line is empty: not yet written? */
	DOTQMAIL_FORWARD_ONLY, /* from here on, only forwarding is allowed */
	DOTQMAIL_PROGRAM,      /* text is a shell command */
	DOTQMAIL_MBOX,         /* text is a file's path */
	DOTQMAIL_MAILDIR,      /* text is a directory's path, with its slash */
	DOTQMAIL_FORWARD       /* text is an address */
};

struct dotqmail_line {
	enum dotqmail_kind kind;
	const char *text; /* what follows the mark; NUL behind it */
	slen len;         /* bytes of text, which may hold NULs of its own */
};

struct dotqmail {
	struct stralloc *file;
	slen at; /* where the next line begins */
};

/* Starts at the front of file, which stays the caller's and is changed: line
 * ends become NULs. A last line without a newline counts as a line. */
void dotqmail_start(struct dotqmail *dot, struct stralloc *file);

/* Takes the next line. Returns 1, or 0 if there are no more. The line's text
 * lives as long as the file's bytes. */
int dotqmail_next(struct dotqmail *dot, struct dotqmail_line *line);

#endif
