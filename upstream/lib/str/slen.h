/* SPDX-License-Identifier: 0BSD */
/* The type of every string length in the mail programs.
 *
 * 32 bits, as in qmail 1.03: one string holds less than 4 GB. Sums of two lengths
 * are not checked here; that is 1.03's documented limit.
 */
#ifndef STR_SLEN_H
#define STR_SLEN_H

#include <stdint.h>

typedef uint32_t slen;

#endif
