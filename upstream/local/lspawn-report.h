/* SPDX-License-Identifier: 0BSD */
/* What qmail-lspawn tells qmail-send of a delivery that has ended. */
#ifndef LOCAL_LSPAWN_REPORT_H
#define LOCAL_LSPAWN_REPORT_H

#include "lib/io/outbuf.h"
#include "lib/str/slen.h"

/* Puts the letter and the text for a delivery with this wait status, which
 * wrote these n bytes: what it wrote up to the first NUL, or fixed words if it
 * never was a delivery or crashed. Codes are those of lib/mail/exits.h,
 * sysexits that mean "later" and local/lspawn-exits.h; any other is a permanent
 * failure. */
void lspawn_report(struct outbuf *out, int status, const char *text, slen n);

#endif
