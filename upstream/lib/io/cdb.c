/* SPDX-License-Identifier: 0BSD */
/* Looking a key up in a constant database. */
#include "lib/io/cdb.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/cdb-hash.h"

/* Reads exactly n bytes at a position. A file that ends early is unsound. */
static int read_at(int fd, uint32_t position, void *to, size_t n)
{
	char *at = to;

	while (n) {
		ssize_t got = pread(fd, at, n, (off_t)position);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			if (got == 0)
				errno = EPROTO;
			return -1;
		}
		at += got;
		position += (uint32_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* Reads two numbers. */
static int read_pair(int fd, uint32_t position, uint32_t pair[2])
{
	unsigned char raw[8];

	if (read_at(fd, position, raw, sizeof raw) < 0)
		return -1;
	pair[0] = cdb_unpack(raw);
	pair[1] = cdb_unpack(raw + 4);
	return 0;
}

/* Do the n bytes in the file at position equal those at key? */
static int key_equals(int fd, uint32_t position, const char *key, slen n)
{
	char part[64];

	while (n) {
		slen m = n < sizeof part ? n : (slen)sizeof part;

		if (read_at(fd, position, part, m) < 0)
			return -1;
		if (memcmp(part, key, m) != 0)
			return 0;
		position += m;
		key += m;
		n -= m;
	}
	return 1;
}

/* Is the record at position one of this key? If so, places fd at its value. */
static int try_record(
	int fd, uint32_t position, const void *key, slen n, uint32_t *len)
{
	uint32_t lengths[2];
	int r;

	if (read_pair(fd, position, lengths) < 0)
		return -1;
	if (lengths[0] != n)
		return 0;
	r = key_equals(fd, position + 8, key, n);
	if (r <= 0)
		return r;
	if (lseek(fd, (off_t)position + 8 + n, SEEK_SET) < 0)
		return -1;
	*len = lengths[1];
	return 1;
}

int cdb_find(int fd, const void *key, slen n, uint32_t *len)
{
	uint32_t hash = cdb_hash(key, n);
	uint32_t table[2], slot[2];
	uint32_t index;

	if (read_pair(fd, hash % CDB_TABLES * 8, table) < 0)
		return -1;
	if (!table[1])
		return 0;
	index = hash / CDB_TABLES % table[1];
	for (uint32_t tried = 0; tried < table[1]; ++tried) {
		if (read_pair(fd, table[0] + index * 8, slot) < 0)
			return -1;
		if (!slot[1])
			return 0;
		if (slot[0] == hash) {
			int r = try_record(fd, slot[1], key, n, len);

			if (r)
				return r;
		}
		index = (index + 1) % table[1];
	}
	return 0;
}
