/* SPDX-License-Identifier: 0BSD */
/* The client's side of an SMTP session (RFC 821), from the greeting on. */
#ifndef REMOTE_DIALOGUE_H
#define REMOTE_DIALOGUE_H

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

/* One message to one server. The buffers decide how bytes travel: the dialogue
 * knows nothing of sockets and time limits. */
struct dialogue {
	struct inbuf *in;      /* from the server */
	struct outbuf *out;    /* to the server */
	struct inbuf *message; /* lines that end in LF */
	struct outbuf *report; /* see report.h */
	const char *peer;      /* how reports call the server: its address */
	const struct stralloc *helo;
	const struct stralloc *sender; /* addresses as the server gets them */
	const struct stralloc *recipients;
	slen count; /* of recipients */
};

/* Holds the session and puts the reports. */
void dialogue_run(struct dialogue *d);

#endif
