/* SPDX-License-Identifier: 0BSD */
/* The parts of the mbox format. See mbox(5). */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include "lib/str/slen.h"

/* Must a line of n bytes get a ">" in front, because it begins with any number of
 * ">" and then "From "? */
int mbox_needs_mark(const char *line, slen n);

#endif
