/* SPDX-License-Identifier: 0BSD */
/* Telling qmail-send that todo has something new. */
#include "queue/wake.h"

#include <unistd.h>

#include "lib/io/fd.h"

void wake_sender(void)
{
	int fd = open_write("lock/trigger");

	if (fd < 0)
		return;
	if (fd_write(fd, "", 1) < 0) {
		/* Full: the reader has bytes to wake up for already. */
	}
	close(fd);
}
