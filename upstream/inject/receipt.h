/* SPDX-License-Identifier: 0BSD */
/* Answers to messages that ask for a notice of their delivery. */
#ifndef INJECT_RECEIPT_H
#define INJECT_RECEIPT_H

#include "lib/io/inbuf.h"
#include "lib/str/stralloc.h"

enum receipt {
	RECEIPT_NONE,      /* nobody asked for it */
	RECEIPT_WANTED,    /* the sender asked for it */
	RECEIPT_MALFORMED, /* the field that asks cannot be parsed */
	RECEIPT_UNREADABLE /* reading failed, errno tells why */
};

/* Reads a message's header from in: does it ask for a notice of delivery to
 * address, spelt exactly so? Sets id to its last Message-ID field, if it has
 * one, or to the malformed field. */
enum receipt receipt_look(
	struct inbuf *in, const char *address, struct stralloc *id);

/* Queues the notice to sender. Returns what submit_close() returns; null if
 * the queue program could not be started. */
const char *receipt_send(
	const char *sender, const char *address, const struct stralloc *id);

#endif
