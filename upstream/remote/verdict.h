/* SPDX-License-Identifier: 0BSD */
/* What qmail-rspawn makes of qmail-remote's output. */
#ifndef REMOTE_VERDICT_H
#define REMOTE_VERDICT_H

#include "lib/io/outbuf.h"
#include "lib/str/slen.h"

/* Puts the verdict on the recipient (letter K, Z or D, and text) that follows
 * from the wait status and the n bytes of output, see report.h. The output may
 * be anything. */
void verdict_put(struct outbuf *out, int status, const char *text, slen n);

#endif
