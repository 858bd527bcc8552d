/* SPDX-License-Identifier: 0BSD */
/* A look-up table made from a control list. Keys match without regard to the
 * case of A-Z; of equal keys the last in the list wins. */
#ifndef MAIL_CONSTMAP_H
#define MAIL_CONSTMAP_H

#include "lib/str/stralloc.h"

struct constmap_entry {
	const char *key;
	const char *value;
	slen keylen;
	uint32_t hash;
	slen next; /* index + 1 of the chain's next entry; 0: none */
};

struct constmap {
	struct stralloc text; /* the table's own copy of the list */
	struct constmap_entry *entries;
	slen *heads; /* index + 1 of each chain's first entry */
	slen count;
	slen mask;
};

/* What a line of the list means. */
enum constmap_kind {
	CONSTMAP_KEYS, /* the whole line is a key */
	CONSTMAP_PAIRS /* key:value at the first colon; else it is ignored */
};

/* Fills the table from lines ended by NUL, as control_list() gives them. A
 * zeroed struct is an empty table. */
void constmap_make(struct constmap *map, const struct stralloc *lines,
	enum constmap_kind kind);

/* Looks the n bytes at key up. Returns the value (with CONSTMAP_KEYS: an empty
 * string) as a C string that lives as long as the table; null if there is
 * none. */
const char *constmap_find(const struct constmap *map, const char *key, slen n);

/* Frees the memory; the table is empty and usable again. */
void constmap_free(struct constmap *map);

#endif
