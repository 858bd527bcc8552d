/* SPDX-License-Identifier: 0BSD */
/* Which errors pass by themselves. */
#include "lib/io/errpass.h"

#include <errno.h>
#include <stddef.h>

static const int passing[] = {
	EINTR, EAGAIN, EWOULDBLOCK, EBUSY, ETXTBSY, EDEADLK,    /* try again */
	ENOMEM, ENFILE, EMFILE, ENOBUFS, ENOSPC, EDQUOT, EFBIG, /* too full */
	EIO, ESTALE, /* storage away */
	ETIMEDOUT, ENETDOWN, ENETUNREACH, ENETRESET, EHOSTDOWN, EHOSTUNREACH,
	ECONNREFUSED, ECONNABORTED, ECONNRESET, /* network away */
};

int errno_passes(int error)
{
	for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
		if (passing[i] == error)
			return 1;
	return 0;
}
