/* SPDX-License-Identifier: 0BSD */
/* What the reader and the maker of cdb files agree on. */
#include "lib/io/cdb-hash.h"

uint32_t cdb_hash(const void *key, slen n)
{
	const unsigned char *byte = key;
	uint32_t h = 5381;

	for (slen i = 0; i < n; ++i)
		h = (h * 33) ^ byte[i];
	return h;
}

void cdb_pack(unsigned char *at, uint32_t number)
{
	for (int i = 0; i < 4; ++i)
		at[i] = (unsigned char)(number >> (8 * i));
}

uint32_t cdb_unpack(const unsigned char *at)
{
	uint32_t number = 0;

	for (int i = 3; i >= 0; --i)
		number = (number << 8) | at[i];
	return number;
}
