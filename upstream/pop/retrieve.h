/* SPDX-License-Identifier: 0BSD */
/* Sending a message file to a POP3 client. */
#ifndef POP_RETRIEVE_H
#define POP_RETRIEVE_H

#include "lib/io/outbuf.h"

/* Puts the message open at fd as lines that end with CR LF, a dot doubled at
 * the start of a line, then an empty line and the line with a dot alone.
 * With counted, only the header and as many lines of the body. Returns 0; -1
 * with errno if reading or writing failed, and then the reply has no end. */
int pop_retrieve(struct outbuf *out, int fd, int counted, unsigned long lines);

#endif
