/* SPDX-License-Identifier: 0BSD */
/* Writing a constant database. */
#include <errno.h>
#include <unistd.h>

#include "lib/io/cdb-hash.h"
#include "lib/io/cdb.h"
#include "lib/io/fd.h"
#include "lib/str/alloc.h"

struct cdb_slot {
	uint32_t hash;
	uint32_t at;
};

int cdb_make_start(struct cdb_make *make, int fd)
{
	outbuf_init(&make->out, fd_write, fd, make->mem, sizeof make->mem);
	make->at = CDB_HEADER;
	make->slots = NULL;
	make->count = make->room = 0;
	return lseek(fd, CDB_HEADER, SEEK_SET) < 0 ? -1 : 0;
}

/* Moves the position on by n bytes, if the format can hold that. */
static int advance(struct cdb_make *make, uint32_t n)
{
	if (n > UINT32_MAX - make->at) {
		errno = ENOMEM;
		return -1;
	}
	make->at += n;
	return 0;
}

static void put_pair(struct outbuf *out, uint32_t a, uint32_t b)
{
	unsigned char raw[8];

	cdb_pack(raw, a);
	cdb_pack(raw + 4, b);
	outbuf_put(out, raw, sizeof raw);
}

static void remember(struct cdb_make *make, struct cdb_slot slot)
{
	make->slots = alloc_one_more(
		make->slots, make->count, &make->room, sizeof slot);
	make->slots[make->count++] = slot;
}

int cdb_make_add(struct cdb_make *make, const void *key, slen keylen,
	const void *value, slen valuelen)
{
	struct cdb_slot slot = {cdb_hash(key, keylen), make->at};

	if (advance(make, 8) < 0 || advance(make, keylen) < 0 ||
		advance(make, valuelen) < 0)
		return -1;
	remember(make, slot);
	put_pair(&make->out, keylen, valuelen);
	outbuf_put(&make->out, key, keylen);
	outbuf_put(&make->out, value, valuelen);
	return 0;
}

/* Writes the open-addressed table of the records whose hash ends in number; it
 * has two slots a record. */
static int put_table(struct cdb_make *make, uint32_t number, uint32_t records)
{
	uint32_t size = records * 2;
	struct cdb_slot *table;

	if (records > UINT32_MAX / 16) {
		errno = ENOMEM;
		return -1;
	}
	if (advance(make, size * 8) < 0)
		return -1;
	table = alloc_get(size * sizeof *table);
	for (uint32_t i = 0; i < size; ++i)
		table[i] = (struct cdb_slot){0, 0};
	for (uint32_t i = 0; i < make->count; ++i) {
		const struct cdb_slot *slot = &make->slots[i];
		uint32_t index;

		if (slot->hash % CDB_TABLES != number)
			continue;
		index = slot->hash / CDB_TABLES % size;
		while (table[index].at)
			index = (index + 1) % size;
		table[index] = *slot;
	}
	for (uint32_t i = 0; i < size; ++i)
		put_pair(&make->out, table[i].hash, table[i].at);
	alloc_release(table);
	return 0;
}

/* Writes all tables and notes where each starts and how many records it has. */
static int put_tables(struct cdb_make *make, uint32_t start[CDB_TABLES],
	uint32_t records[CDB_TABLES])
{
	for (uint32_t i = 0; i < make->count; ++i)
		++records[make->slots[i].hash % CDB_TABLES];
	for (uint32_t t = 0; t < CDB_TABLES; ++t) {
		start[t] = make->at;
		if (records[t] && put_table(make, t, records[t]) < 0)
			return -1;
	}
	return 0;
}

int cdb_make_finish(struct cdb_make *make)
{
	uint32_t records[CDB_TABLES] = {0};
	uint32_t start[CDB_TABLES];
	int r = put_tables(make, start, records);

	alloc_release(make->slots);
	make->slots = NULL;
	if (r < 0)
		return -1;
	if (outbuf_flush(&make->out) < 0 ||
		lseek(make->out.fd, 0, SEEK_SET) < 0)
		return -1;
	for (uint32_t t = 0; t < CDB_TABLES; ++t)
		put_pair(&make->out, start[t], records[t] * 2);
	return outbuf_flush(&make->out);
}
