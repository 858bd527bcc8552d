/* SPDX-License-Identifier: 0BSD */
/* What qmail-showctl knows of each control file.
 *
 * A file admin/showctl-NAME.c defines the table showctl_NAME; the Makefile's
 * fragment lists all such tables, so that a patch which brings a control file
 * adds one file.
 */
#ifndef ADMIN_SHOWCTL_H
#define ADMIN_SHOWCTL_H

#include "lib/io/outbuf.h"

enum showctl_kind {
	SHOWCTL_END,    /* ends a table */
	SHOWCTL_LINE,   /* first line counts */
	SHOWCTL_NUMBER, /* number on the first line */
	SHOWCTL_LIST,   /* every line counts */
	SHOWCTL_FILE    /* compiled or binary: only whether it is there */
};

struct showctl_setting {
	const char *name;
	enum showctl_kind kind;
	/* Line, number: the value without the file; null: that of control/me.
	 * List, file: not used. */
	const char *fallback;
	/* Line, number, and each line of a list: what stands before and behind
	 * the value. File: what its presence means. */
	const char *before;
	const char *after;
	/* List, file: what it means that there is none. Line: what it means
	 * that there is neither the file nor control/me; null if nothing
	 * special. */
	const char *none;
};

/* Prints a setting with its meaning, with control/ below the current
 * directory. */
void showctl_print(struct outbuf *out, const struct showctl_setting *setting);

/* Copies text, with control characters other than tab made visible as '?'. */
void showctl_text(struct outbuf *out, const char *text, size_t n);

#endif
