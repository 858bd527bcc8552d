/* SPDX-License-Identifier: 0BSD */
/* The type of every string length in the mail programs.
 *
 * 32 bits, as in qmail 1.03: one string holds less than 4 GB. A string that
 * would pass that counts as one for which memory is short.
 */
#ifndef STR_SLEN_H
#define STR_SLEN_H

#include <stdint.h>

typedef uint32_t slen;
#define SLEN_MAX UINT32_MAX

#endif
