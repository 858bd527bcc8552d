/* SPDX-License-Identifier: 0BSD */
/* The two descriptors of a session with a client that is in memory. */
#ifndef FUZZ_CLIENT_H
#define FUZZ_CLIENT_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file in memory that holds the bytes and is at its start. */
static inline int client_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("client", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
		lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

/* Reads up to size bytes from the start of what was written to fd. */
static inline size_t client_got(int fd, char *to, size_t size)
{
	ssize_t n = pread(fd, to, size, 0);

	if (n < 0)
		abort();
	return (size_t)n;
}

#endif
