/* SPDX-License-Identifier: 0BSD */
/* Comparing and folding text without regard to the case of A-Z, and of A-Z
 * only, whatever the locale. */
#ifndef STR_CASE_H
#define STR_CASE_H

#include "lib/str/slen.h"

/* The byte, in lower case if it is one of A-Z. */
char case_fold(char c);

/* Folds n bytes, or a C string, in place. */
void case_lowerb(char *s, slen n);
void case_lower(char *s);

/* Are the n bytes at a and the m bytes at b equal but for case? */
int case_same(const char *a, slen n, const char *b, slen m);

/* Are two C strings equal but for case? */
int case_eqs(const char *a, const char *b);

/* Do the n bytes at s begin with the C string prefix, but for case? */
int case_starts(const char *s, slen n, const char *prefix);

#endif
