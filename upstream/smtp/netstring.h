/* SPDX-License-Identifier: 0BSD */
/* Reading netstrings from a client: 5:hello, with others inside, as QMTP and
 * QMQP have them.
 *
 * The first fault stays. After one every function fails, so that a reader may
 * look once, after several calls.
 */
#ifndef SMTP_NETSTRING_H
#define SMTP_NETSTRING_H

#include <stdint.h>

#include "lib/io/chat.h"
#include "lib/str/stralloc.h"

enum netstring_fault {
	NETSTRING_FINE,
	NETSTRING_CUT,    /* the client is gone */
	NETSTRING_BROKEN, /* what it sends is no netstring */
	NETSTRING_TROUBLE /* too long, or this host's own fault */
};

struct netstrings {
	struct chat *chat;
	uint64_t left; /* bytes left of the netstring around this one */
	enum netstring_fault fault;
};

/* What left is outside of every netstring. */
#define NETSTRING_UNBOUND UINT64_MAX

/* The exit code of a server that ends with the fault: 0, 0, 100, 111. */
int netstring_exit(enum netstring_fault fault);

/* Sets the fault if there was none. Returns -1. */
int netstring_fail(struct netstrings *in, enum netstring_fault fault);

/* Reads a length and its colon. Returns 0 with a length below 2^31, or -1. A
 * byte that is no digit counts by its distance from "0", as in qmail 1.03; a
 * length that falls below zero so is too long. */
int netstring_length(struct netstrings *in, uint64_t *length);

/* Reads the comma behind a netstring. Returns 0 or -1. */
int netstring_comma(struct netstrings *in);

/* Waits for bytes and takes at most max of them, at least one. Returns how
 * many, with *from at the first one until the next call; 0 after a fault. */
size_t netstring_piece(struct netstrings *in, uint64_t max, const char **from);

/* Replaces text with the next length bytes. If there are more than max, they
 * are dropped and text is empty. Returns 1 if the text is whole and has no
 * NUL, 0 if not, -1 after a fault. */
int netstring_text(struct netstrings *in, uint64_t length, slen max,
	struct stralloc *text);

/* Puts the n bytes at from as a netstring. */
void netstring_put(struct outbuf *out, const char *from, size_t n);

#endif
