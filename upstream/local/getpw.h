/* SPDX-License-Identifier: 0BSD */
/* Whose mailbox a name is when users/cdb does not tell: the job of
 * qmail-getpw. */
#ifndef LOCAL_GETPW_H
#define LOCAL_GETPW_H

#include "lib/str/stralloc.h"

/* Replaces record with the mailbox record (local/mailbox.h) for the name: that
 * of the account with the name, of the account with the longest part of it that
 * a '-' follows, or of alias. An account counts if it is not root's and owns
 * its home directory. Returns 0, or the code to exit with
 * (local/lspawn-exits.h). */
int getpw_record(struct stralloc *record, const char *box);

#endif
