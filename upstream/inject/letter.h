/* SPDX-License-Identifier: 0BSD */
/* A message on its way from a user to the queue: fields completed, added and
 * taken away, recipients found. See qmail-inject(8) and qmail-header(5).
 *
 *	a zeroed struct with its first part set; letter_sender() and
 *	letter_recipient() for the command line; letter_send(); letter_free().
 *
 * The functions return 0 or one of the codes of lib/mail/exits.h, with what is
 * to be told in letter->trouble, newline included.
 */
#ifndef INJECT_LETTER_H
#define INJECT_LETTER_H

#include <time.h>

#include "inject/identity.h"
#include "inject/rewrite.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/mail/constmap.h"
#include "lib/mail/submit.h"
#include "lib/str/stralloc.h"

struct letter {
	/* set by the caller */
	const struct rewriter *rewriter;
	const struct identity *identity;
	const char *id_host;          /* right side of message identifiers */
	const struct constmap *lists; /* mailing lists for Mail-Followup-To */
	struct outbuf *print;         /* show it here; null: queue it */
	time_t now;
	unsigned long pid;
	int use_arguments;      /* send to the letter_recipient() addresses */
	int use_header;         /* send to the addresses in the header */
	int name_as_comment;    /* From: address (name) */
	int ignore_return_path; /* drop a Return-Path field unread */
	int replace_from;       /* drop a From field unread */
	int replace_message_id; /* drop a Message-ID field */
	int per_recipient;      /* a sender for each recipient (VERP) */
	int per_message;        /* a sender for each message */

	/* results; the lists hold addresses, each ended by NUL */
	struct stralloc trouble;
	struct stralloc sender;
	int sender_known;
	struct stralloc arguments; /* recipients from the command line */
	struct stralloc header;    /* from To, Cc, Bcc, Apparently-To */
	struct stralloc resent;    /* from Resent-To, Resent-Cc, Resent-Bcc */
	struct stralloc followup;  /* To and Cc again */
	struct stralloc fields;    /* the message's fields, rewritten */
	unsigned seen;             /* which fields it has */
	struct submit queue;
};

/* Sets the envelope sender, or adds a recipient: an address without any
 * quoting. */
int letter_sender(struct letter *letter, const char *address);
int letter_recipient(struct letter *letter, const char *address);

/* Reads the message from in and prints or queues it. The header is held in
 * memory, the body is not. What is printed is whole only on success, and
 * flushed then. */
int letter_send(struct letter *letter, struct inbuf *in);

/* Frees the memory of the results. */
void letter_free(struct letter *letter);

#endif
