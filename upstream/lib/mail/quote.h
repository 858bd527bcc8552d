/* SPDX-License-Identifier: 0BSD */
/* Addresses in the form that RFC 821 and RFC 822 ask for. */
#ifndef MAIL_QUOTE_H
#define MAIL_QUOTE_H

#include "lib/str/stralloc.h"

/* Appends the n bytes of a local part, as a quoted string unless it is a
 * dot-atom (RFC 822 section 6.1); an empty one becomes "". */
void quote_box(struct stralloc *out, const char *box, slen n);

/* Appends an address: its part before the last @ quoted if needed, the rest as
 * it is. Without an @ all of it is a local part. An empty address stays
 * empty. */
void quote_addr(struct stralloc *out, const char *addr);

#endif
