/* SPDX-License-Identifier: 0BSD */
/* The fields of a letter. Shared by the letter's modules only. */
#ifndef INJECT_LETTER_FIELDS_H
#define INJECT_LETTER_FIELDS_H

#include "inject/letter.h"

/* Fields that matter for what has to be added: bits of letter->seen. */
enum {
	SEEN_DATE = 1 << 0,
	SEEN_MESSAGE_ID = 1 << 1,
	SEEN_FROM = 1 << 2,
	SEEN_TO = 1 << 3,
	SEEN_CC = 1 << 4,
	SEEN_FOLLOWUP = 1 << 5,
	SEEN_RESENT_DATE = 1 << 6,
	SEEN_RESENT_MESSAGE_ID = 1 << 7,
	SEEN_RESENT_FROM = 1 << 8,
	SEEN_RESENT_TO = 1 << 9,
	SEEN_RESENT_CC = 1 << 10,
	SEEN_RESENT = 1 << 11 /* any of the fields that make it a resent one */
};

/* What a field is for. */
enum {
	USE_ADDRESSES = 1 << 0,  /* it holds addresses, which are completed */
	USE_RECIPIENTS = 1 << 1, /* they are recipients */
	USE_RESENT_RECIPIENTS = 1 << 2, /* they are, if the message is resent */
	USE_FOLLOWUP = 1 << 3,          /* they take part in the discussion */
	USE_SENDER = 1 << 4,            /* one is the envelope sender */
	USE_DROPPED = 1 << 5            /* the field does not stay */
};

/* Uses the addresses of a field, and sets out to the field with them completed.
 * Returns 0, or EXIT_PERM if it cannot be parsed. */
int letter_address_field(struct letter *letter, const struct stralloc *field,
	unsigned use, struct stralloc *out);

/* Takes one field of the message. Returns 0, or EXIT_PERM if it cannot be
 * parsed. */
int letter_take_field(struct letter *letter, const struct stralloc *field);

/* Sets the sender from the identity. Returns 0, or EXIT_PERM. */
int letter_default_sender(struct letter *letter);

/* Appends the fields that the letter lacks to out. Returns 0, or EXIT_PERM. */
int letter_new_fields(struct letter *letter, struct stralloc *out);

/* Sets what is to be told to what and text (if not null), and returns code. */
int letter_trouble(struct letter *letter, int code, const char *what,
	const struct stralloc *text);

#endif
