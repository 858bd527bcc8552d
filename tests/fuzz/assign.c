/* SPDX-License-Identifier: 0BSD */
/* users/assign of any bytes: what compiles is a sound database, with the record of
 * endings that every look-up reads.
 *
 * Input: the file. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "admin/assign.h"
#include "lib/io/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cdb_make make;
	char mem[256];
	struct inbuf in;
	uint32_t len;
	int from = memfd_create("assign", MFD_CLOEXEC);
	int to = memfd_create("cdb", MFD_CLOEXEC);
	enum assign_result result;

	if (from < 0 || to < 0 || write(from, data, size) != (ssize_t)size ||
		lseek(from, 0, SEEK_SET) != 0 || cdb_make_start(&make, to) < 0)
		abort();
	inbuf_init(&in, fd_read, from, mem, sizeof mem);
	result = assign_compile(&make, &in);
	if (result == ASSIGN_NO_READ || result == ASSIGN_NO_WRITE)
		abort();
	if (cdb_make_finish(&make) < 0)
		abort();
	if (result == ASSIGN_DONE && cdb_find(to, "", 0, &len) != 1)
		abort();
	if (cdb_find(to, "!joe", 5, &len) < 0)
		abort();
	close(from);
	close(to);
	return 0;
}
