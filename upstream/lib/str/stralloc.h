/* SPDX-License-Identifier: 0BSD */
/* Byte strings that grow as needed.
 *
 * A zeroed struct is an empty string. The bytes may hold NUL; they are followed
 * by one only after sa_0(). No call fails: when memory is short, alloc_failed()
 * decides; when a string would pass SLEN_MAX, the process ends after that.
 * Unless a comment says otherwise, a source may not lie inside the destination.
 */
#ifndef STR_STRALLOC_H
#define STR_STRALLOC_H

#include "lib/str/slen.h"

struct stralloc {
	char *s;  /* null until the first byte is stored */
	slen len; /* bytes in use */
	slen cap; /* bytes allocated */
};

/* Makes room for total bytes in all, or for n more; keeps what is there. */
void sa_room(struct stralloc *sa, slen total);
void sa_more(struct stralloc *sa, slen n);

/* Empties the string and keeps its memory. */
void sa_clear(struct stralloc *sa);

/* Frees the memory; the string is empty and usable again. */
void sa_free(struct stralloc *sa);

/* Replaces the contents: n bytes; a C string; another string. */
void sa_copyb(struct stralloc *sa, const void *from, slen n);
void sa_copys(struct stralloc *sa, const char *from);
void sa_copy(struct stralloc *sa, const struct stralloc *from);

/* Appends: n bytes; a C string; another string; one byte; a decimal number. */
void sa_catb(struct stralloc *sa, const void *from, slen n);
void sa_cats(struct stralloc *sa, const char *from);
void sa_cat(struct stralloc *sa, const struct stralloc *from);
void sa_catc(struct stralloc *sa, char c);
void sa_catnum(struct stralloc *sa, unsigned long number);

/* Appends a NUL, which counts in len. Returns the start of the string. */
char *sa_0(struct stralloc *sa);

/* Puts a NUL behind the string without counting it. Returns the start. */
char *sa_cstr(struct stralloc *sa);

/* Removes blanks, tabs and newlines from the end. */
void sa_trim(struct stralloc *sa);

/* Do the contents equal the C string? Case counts. */
int sa_is(const struct stralloc *sa, const char *text);

#endif
