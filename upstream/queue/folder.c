/* SPDX-License-Identifier: 0BSD */
/* Reading the queue's folders. */
#include "queue/folder.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lib/str/fmt.h"
#include "lib/str/scan.h"

/* Is that the name of the message's files? 0100 and 18446744073709551716 can be
 * read as 100, too; but of a message there is one file. */
static int is_name_of(const char *name, unsigned long id)
{
	char digits[FMT_ULONG];
	slen n = fmt_ulong(digits, id);

	return strlen(name) == n && memcmp(name, digits, n) == 0;
}

int folder_next(DIR *dir, unsigned long *id)
{
	struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno ? -1 : 0;
		if (scan_ulong(entry->d_name, id) &&
			is_name_of(entry->d_name, *id))
			return 1;
	}
}
