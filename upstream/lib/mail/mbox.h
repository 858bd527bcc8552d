/* SPDX-License-Identifier: 0BSD */
/* The parts of the mbox format. See mbox(5). */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include <time.h>

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

/* Must a line of n bytes get a ">" in front, because it begins with any number
 * of ">" and then "From "? */
int mbox_needs_mark(const char *line, slen n);

/* Appends the line that begins a message in an mbox: "From", the n bytes of the
 * envelope sender with every blank, tab and newline as "-" (MAILER-DAEMON if it
 * is empty), the date. */
void mbox_separator(
	struct stralloc *out, const char *sender, slen n, time_t when);

/* What becomes of a message's last line if it has no newline. */
enum mbox_rest {
	MBOX_REST_ENDED,  /* it gets one */
	MBOX_REST_DROPPED /* it is lost, as maildir2mbox of 1.03 has it */
};

/* Puts all of in as a message's text: lines that could pass for a separator
 * are marked, and the blank line that ends a message is added. Returns 0; -1
 * with errno if reading failed. Writing failures stay in out. */
int mbox_copy(struct outbuf *out, struct inbuf *in, enum mbox_rest rest);

#endif
