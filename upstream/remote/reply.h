/* SPDX-License-Identifier: 0BSD */
/* An SMTP server's replies (RFC 821 section 4.2), which may hold any bytes. */
#ifndef REMOTE_REPLY_H
#define REMOTE_REPLY_H

#include "lib/io/inbuf.h"
#include "lib/str/stralloc.h"

/* Text beyond so many bytes is dropped. */
enum { REMOTE_REPLY_MAX = 5000 };

struct remote_reply {
	unsigned long code;   /* of its first line */
	struct stralloc text; /* all lines, without CR */
};

/* Reads a reply to its last line. The code is computed from the first three
 * bytes as if they were digits, modulo 2 to the width of unsigned long, so that
 * most garbage is 500 or more. Returns 1; 0 if the connection ended or failed
 * before. */
int remote_reply_read(struct inbuf *in, struct remote_reply *reply);

#endif
