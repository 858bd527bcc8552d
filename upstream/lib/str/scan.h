/* SPDX-License-Identifier: 0BSD */
/* Text as numbers. */
#ifndef STR_SCAN_H
#define STR_SCAN_H

#include "lib/str/slen.h"

/* Reads decimal digits from the front of the C string s and stores their value,
 * modulo 2 to the width of unsigned long. Returns how many digits there were;
 * with 0 the value stored is 0. What follows the digits is ignored. */
slen scan_ulong(const char *s, unsigned long *value);

/* The same for at most n bytes at s. */
slen scan_ulongb(const char *s, slen n, unsigned long *value);

#endif
