/* SPDX-License-Identifier: 0BSD */
/* Looking an address up in users/cdb. See qmail-users(5). */
#ifndef LOCAL_USERDB_H
#define LOCAL_USERDB_H

#include "lib/str/stralloc.h"

/* Looks up the mailbox name box (of n bytes) in users/cdb below the current
 * directory: exactly, then as wildcards, the longest first. Returns 1 with the
 * mailbox record, whose last field has what the wildcard stands for appended; 0
 * if there is no entry or no such file; -1 if the file cannot be read or is
 * unsound. */
int userdb_find(struct stralloc *record, const char *box, slen n);

#endif
