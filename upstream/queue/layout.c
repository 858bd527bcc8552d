/* SPDX-License-Identifier: 0BSD */
/* Where the queue keeps a message's files. */
#include "queue/layout.h"

char *layout_split(struct stralloc *path, const char *folder, unsigned long id)
{
	sa_copys(path, folder);
	sa_catc(path, '/');
	sa_catnum(path, id % LAYOUT_SPLIT);
	sa_catc(path, '/');
	sa_catnum(path, id);
	return sa_cstr(path);
}

char *layout_flat(struct stralloc *path, const char *folder, unsigned long id)
{
	sa_copys(path, folder);
	sa_catc(path, '/');
	sa_catnum(path, id);
	return sa_cstr(path);
}
