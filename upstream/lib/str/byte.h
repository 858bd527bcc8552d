/* SPDX-License-Identifier: 0BSD */
/* Searching bytes. */
#ifndef STR_BYTE_H
#define STR_BYTE_H

#include "lib/str/slen.h"

/* Index of the first (find) or last (rfind) byte c in the n bytes at s; n if
 * there is none. */
slen byte_find(const char *s, slen n, char c);
slen byte_rfind(const char *s, slen n, char c);

/* The same for a C string; its length if there is none. */
slen str_find(const char *s, char c);
slen str_rfind(const char *s, char c);

/* Are the n bytes at s the same as those of the C string text, all of it? */
int byte_is(const char *s, slen n, const char *text);

/* Does the C string s begin with the C string prefix? Case counts. */
int str_starts(const char *s, const char *prefix);

#endif
