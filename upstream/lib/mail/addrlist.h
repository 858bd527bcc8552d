/* SPDX-License-Identifier: 0BSD */
/* Lists of addresses in header fields (RFC 822 section 6.1).
 *
 * Liberal in what it takes: addresses with no comma between them, phrases of
 * any words, empty items.
 */
#ifndef MAIL_ADDRLIST_H
#define MAIL_ADDRLIST_H

#include "lib/mail/token.h"

struct address {
	struct tokens words; /* no brackets, no phrase, no comments around it */
	slen place;          /* it stands before this token of the field */
	int comma;           /* the field lacks a comma in front of it */
};

/* A zeroed struct is an empty list. */
struct addrlist {
	struct address *at; /* the field's last address comes first */
	slen count;
	slen room;
	const struct tokens *field;
	unsigned char *taken; /* for each token: is it part of an address? */
};

/* Finds the addresses of a field's value, which must stay as long as the list.
 * Returns 0; -1 for a ":" that no ";" follows, a ";" inside a group, or a ">"
 * without "<". */
int addrlist_find(struct addrlist *list, const struct tokens *field);

/* Appends the field again to out, with the addresses as they are now: the
 * caller may have changed their words. Comments that stood inside an address
 * come behind it. */
void addrlist_join(struct tokens *out, const struct addrlist *list);

/* Frees the list. */
void addrlist_free(struct addrlist *list);

#endif
