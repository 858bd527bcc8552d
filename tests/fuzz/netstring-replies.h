/* SPDX-License-Identifier: 0BSD */
/* What must hold for the replies of the servers that speak in netstrings. */
#ifndef FUZZ_NETSTRING_REPLIES_H
#define FUZZ_NETSTRING_REPLIES_H

#include <stdlib.h>
#include <string.h>

/* The n bytes are netstrings, each K, Z or D and printable text. Returns how
 * many there are; the last may be cut if n is at the limit of what was read. */
static inline size_t replies_count(const char *text, size_t n, int cut)
{
	size_t count = 0;
	size_t at = 0;

	while (at < n) {
		size_t length = 0;

		while (at < n && text[at] >= '0' && text[at] <= '9')
			length = length * 10 + (size_t)(text[at++] - '0');
		if (cut && (at == n || at + length + 2 > n))
			return count;
		if (at == n || text[at++] != ':' || length < 1 ||
			n - at <= length || text[at + length] != ',' ||
			!strchr("KZD", text[at]))
			abort();
		for (size_t i = 0; i < length; i++)
			if (text[at + i] < 32 || text[at + i] > 126)
				abort();
		at += length + 1;
		count++;
	}
	return count;
}

#endif
