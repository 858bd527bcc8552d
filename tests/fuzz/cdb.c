/* SPDX-License-Identifier: 0BSD */
/* Hostile cdb files: a look-up ends, stays in bounds, and finds what was stored.
 *
 * Input: one byte for the key's length, the key, the file. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/io/cdb.h"
#include "lib/io/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(
	const uint8_t *key, slen n, const uint8_t *file, size_t size)
{
	char value[64];
	uint32_t len;
	int fd = memfd_create("cdb", MFD_CLOEXEC);

	if (fd < 0 || write(fd, file, size) != (ssize_t)size)
		abort();
	if (cdb_find(fd, key, n, &len) == 1)
		(void)!read(fd, value, len < sizeof value ? len : sizeof value);
	close(fd);
}

/* A database made of the input's bytes gives back what was put in. */
static void round_trip(const uint8_t *data, size_t size)
{
	static struct cdb_make make;
	char value[256];
	uint32_t len;
	slen half = (slen)size / 2;
	int fd = memfd_create("cdb", MFD_CLOEXEC);

	if (size > 2 * sizeof value)
		half = sizeof value;
	if (fd < 0 || cdb_make_start(&make, fd) < 0 ||
		cdb_make_add(&make, data, half, data + half,
			(slen)size - half) < 0 ||
		cdb_make_add(&make, data, half, "second", 6) < 0 ||
		cdb_make_finish(&make) < 0)
		abort();
	if (cdb_find(fd, data, half, &len) != 1 || len != size - half)
		abort();
	if (len <= sizeof value &&
		(read(fd, value, len) != (ssize_t)len ||
			memcmp(value, data + half, len) != 0))
		abort();
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n;

	if (size < 2)
		return 0;
	n = data[0] < size - 1 ? data[0] : size - 1;
	look_up(data + 1, (slen)n, data + 1 + n, size - 1 - n);
	round_trip(data, size);
	return 0;
}
