/* SPDX-License-Identifier: 0BSD */
/* Numbers as text. */
#ifndef STR_FMT_H
#define STR_FMT_H

#include "lib/str/slen.h"

/* Room for any unsigned long, with a NUL. */
#define FMT_ULONG 24

/* Writes number in decimal at out (at least FMT_ULONG bytes), without a NUL.
 * Returns how many bytes it wrote. */
slen fmt_ulong(char *out, unsigned long number);

/* The same, filled up with zeros on the left to at least width digits (at most
 * FMT_ULONG). */
slen fmt_padded(char *out, unsigned long number, slen width);

#endif
