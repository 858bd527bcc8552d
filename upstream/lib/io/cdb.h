/* SPDX-License-Identifier: 0BSD */
/* The constant database: a file that maps keys to values, in the format of cdb
 * 0.5 (256 hash tables, 32-bit little-endian positions). */
#ifndef IO_CDB_H
#define IO_CDB_H

#include <stdint.h>

#include "lib/io/outbuf.h"
#include "lib/str/slen.h"

/* Looks the n bytes at key up in the database open at fd. Returns 1 with the
 * first value's length in *len and fd placed at its start; 0 if there is none;
 * -1 with errno, EPROTO for a file that is no sound database. */
int cdb_find(int fd, const void *key, slen n, uint32_t *len);

/* A database being written. */
struct cdb_make {
	struct outbuf out;
	char mem[4096];
	uint32_t at;            /* position of the next record */
	struct cdb_slot *slots; /* hash and position of each record */
	slen count;
	slen room;
};

/* Starts a database at fd (an empty file, placed at its start). Returns 0, or
 * -1 with errno. */
int cdb_make_start(struct cdb_make *make, int fd);

/* Adds a record. Returns 0; -1 with ENOMEM if the file would pass 4 GB. */
int cdb_make_add(struct cdb_make *make, const void *key, slen keylen,
	const void *value, slen valuelen);

/* Writes the tables and flushes; the caller syncs and closes. Returns 0, or -1
 * with errno. */
int cdb_make_finish(struct cdb_make *make);

#endif
