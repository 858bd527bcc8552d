/* SPDX-License-Identifier: 0BSD */
/* The domains to which anyone may send: control/rcpthosts and
 * control/morercpthosts.cdb. See qmail-control(5). */
#ifndef SMTP_RCPTHOSTS_H
#define SMTP_RCPTHOSTS_H

#include "lib/str/slen.h"

/* Reads the files, relative to the current directory. Returns 0, or -1 with
 * errno. */
int rcpthosts_read(void);

/* May anyone send to the n bytes at addr? Yes if there is no rcpthosts, if
 * the address has no @, or if what follows its last @, or any end of that
 * which begins with a dot, is listed. Returns 1 or 0; -1 with errno if the
 * database cannot be read. */
int rcpthosts_allow(const char *addr, slen n);

#endif
