/* SPDX-License-Identifier: 0BSD */
/* A message of any bytes, at a glance: nothing but printable ASCII comes of it. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "local/glance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_clean(const struct stralloc *text)
{
	for (slen i = 0; i < text->len; i++)
		check(text->s[i] >= 32 && text->s[i] < 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct glance glance = {0};
	char mem[64];
	struct inbuf in;
	int fd = memfd_create("message", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	check(lseek(fd, 0, SEEK_SET) == 0);
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	check(glance_read(&glance, &in) == 0);
	check_clean(&glance.sender);
	check_clean(&glance.recipient);
	check_clean(&glance.from);
	check_clean(&glance.text);
	check(glance.text.len <= 158);
	glance_free(&glance);
	close(fd);
	return 0;
}
