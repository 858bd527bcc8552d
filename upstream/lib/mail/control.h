/* SPDX-License-Identifier: 0BSD */
/* Control files. Paths are relative to the current directory, which programs
 * make the installation's home first: "control/locals". See qmail-control(5).
 *
 * Every function returns 1 if the file is there, 0 if it does not exist, and -1
 * with errno for any other trouble, which is temporary.
 */
#ifndef MAIL_CONTROL_H
#define MAIL_CONTROL_H

#include "lib/str/stralloc.h"

/* The file's first line, without blanks, tabs and newlines at its end. An
 * existing file may give an empty line. */
int control_line(struct stralloc *line, const char *path);

/* The same; if there is no such file, the line of control/me (read once in a
 * process); if there is neither and fallback is not null, fallback. Returns 0
 * only if nothing gave a value. */
int control_line_or_me(
	struct stralloc *line, const char *path, const char *fallback);

/* The number at the front of the first line, cut to 32 bits. A line without
 * digits counts as no file. value is stored only when 1 is returned. */
int control_int(int *value, const char *path);

/* All lines, each ended by NUL: blanks, tabs and newlines removed from their
 * ends, empty lines and those that begin with # dropped. */
int control_list(struct stralloc *lines, const char *path);

#endif
