/* SPDX-License-Identifier: 0BSD */
/* The parts of the mbox format. See mbox(5). */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include <time.h>

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

/* Must a line of n bytes get a ">" in front, because it begins with any number of
 * ">" and then "From "? */
int mbox_needs_mark(const char *line, slen n);

/* Appends the line that begins a message in an mbox: "From", the n bytes of the
 * envelope sender with every blank, tab and newline as "-" (MAILER-DAEMON if it is
 * empty), the date. */
void mbox_separator(struct stralloc *out, const char *sender, slen n,
	time_t when);

/* Puts all of in as a message's text: lines that could pass for a separator are
 * marked, a missing last newline and the blank line that ends a message are added.
 * Returns 0; -1 with errno if reading failed. Writing failures stay in out. */
int mbox_copy(struct outbuf *out, struct inbuf *in);

#endif
