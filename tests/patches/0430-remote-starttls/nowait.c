/* SPDX-License-Identifier: 0BSD */
/* Loaded into qmail-tlsd: it cannot wait for the other end of a handshake, which it does
 * with the connection as descriptor 0 and the caller beside it. Whatever else waits, does. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>

int poll(struct pollfd *want, nfds_t n, int milliseconds)
{
	struct timespec limit = {.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000L};

	if (n == 2 && want[0].fd == 0 && want[1].fd > 2) {
		errno = ENOMEM;
		return -1;
	}
	return ppoll(want, n, milliseconds < 0 ? NULL : &limit, NULL);
}
