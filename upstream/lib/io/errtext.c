/* SPDX-License-Identifier: 0BSD */
/* Error numbers in words. */
#include "lib/io/errtext.h"

#include <errno.h>
#include <string.h>

const char *errtext(int error)
{
	switch (error) {
	case ENOENT:
		return "file does not exist";
	case EEXIST:
		return "file already exists";
	case EACCES:
		return "access denied";
	case EISDIR:
		return "is a directory";
	case ENOTDIR:
		return "not a directory";
	case EINVAL:
		return "invalid argument";
	default:
		return strerror(error);
	}
}
