/* SPDX-License-Identifier: 0BSD */
/* An inbuf that reads from memory. */
#ifndef FUZZ_MEMORY_INPUT_H
#define FUZZ_MEMORY_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

static const uint8_t *memory_at;
static size_t memory_left;

static inline ssize_t memory_read(int fd, void *to, size_t n)
{
	(void)fd;
	if (n > memory_left)
		n = memory_left;
	if (n)
		memcpy(to, memory_at, n);
	memory_at += n;
	memory_left -= n;
	return (ssize_t)n;
}

static inline void memory_set(const uint8_t *data, size_t size)
{
	memory_at = data;
	memory_left = size;
}

#endif
