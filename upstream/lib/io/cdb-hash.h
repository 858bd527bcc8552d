/* SPDX-License-Identifier: 0BSD */
/* What the reader and the maker of cdb files agree on. */
#ifndef IO_CDB_HASH_H
#define IO_CDB_HASH_H

#include <stdint.h>

#include "lib/str/slen.h"

/* The 256 pairs (position, slots) at the start of the file. */
enum { CDB_TABLES = 256, CDB_HEADER = CDB_TABLES * 8 };

/* The hash of a key: from 5381, times 33, xor each byte. */
uint32_t cdb_hash(const void *key, slen n);

/* A 32-bit little-endian number at four bytes. */
void cdb_pack(unsigned char *at, uint32_t number);
uint32_t cdb_unpack(const unsigned char *at);

#endif
