/* SPDX-License-Identifier: 0BSD */
/* What qmail-remote tells qmail-rspawn: a piece for each recipient that the
 * server was asked about (r accepted, h refused, s refused for now), then one
 * on the message (K delivered, Z not now, D never). A piece is its letter and
 * its text, ended by NUL. */
#ifndef REMOTE_REPORT_H
#define REMOTE_REPORT_H

#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

/* Puts a whole piece: the letter and the C strings, up to a null pointer. */
void report_put(struct outbuf *out, int letter, ...) __attribute__((sentinel));

/* Puts a piece of the letter, the C strings, up to a null pointer, and on a
 * line of its own what the server said, with ? for NUL. */
void report_quoting(struct outbuf *out, const struct stralloc *said, int letter,
	...) __attribute__((sentinel));

/* Makes text fit for a report: what is not printable, and blanks, become ?.
 * Returns text as a C string. */
const char *report_safe(struct stralloc *text);

#endif
