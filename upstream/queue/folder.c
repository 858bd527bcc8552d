/* SPDX-License-Identifier: 0BSD */
/* Reading the queue's folders. */
#include "queue/folder.h"

#include <errno.h>
#include <stddef.h>

#include "lib/str/scan.h"

int folder_next(DIR *dir, unsigned long *id)
{
	struct dirent *entry;
	slen digits;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno ? -1 : 0;
		digits = scan_ulong(entry->d_name, id);
		if (digits && entry->d_name[digits] == '\0')
			return 1;
	}
}
