/* SPDX-License-Identifier: 0BSD */
/* Completing addresses with this host's names. See qmail-header(5). */
#ifndef INJECT_REWRITE_H
#define INJECT_REWRITE_H

#include "lib/mail/token.h"

/* What is appended to an address that lacks it; a zeroed struct appends
 * nothing. */
struct rewriter {
	struct tokens host;   /* "@" and the host of an address without one */
	struct tokens domain; /* "." and the domain of a host without a dot */
	struct tokens plus;   /* "." and the domain in place of a final "+" */
};

/* Brings one address into the form user@host.domain. It may become empty. */
void rewrite_address(struct tokens *address, const struct rewriter *rewriter);

#endif
