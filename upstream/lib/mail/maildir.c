/* SPDX-License-Identifier: 0BSD */
/* Reading a Maildir. */
#include "lib/mail/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str/alloc.h"

enum { TMP_IDLE = 36 * 60 * 60 }; /* seconds; maildir(5) */

void maildir_sweep(void)
{
	struct stralloc path = {0};
	struct dirent *entry;
	struct stat st;
	time_t now = time(NULL);
	DIR *dir = opendir("tmp");

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		sa_copys(&path, "tmp/");
		sa_cats(&path, entry->d_name);
		if (stat(sa_cstr(&path), &st) == 0 &&
			st.st_atime < now - TMP_IDLE)
			unlink(path.s);
	}
	closedir(dir);
	sa_free(&path);
}

static void add(struct maildir *list, const struct stralloc *path, time_t when)
{
	list->list = alloc_one_more(
		list->list, list->count, &list->room, sizeof *list->list);
	list->list[list->count].name = list->names.len;
	list->list[list->count].when = when;
	list->count++;
	sa_cat(&list->names, path);
	sa_0(&list->names);
}

static int scan_folder(struct maildir *list, const char *folder, time_t now)
{
	struct stralloc path = {0};
	struct dirent *entry;
	struct stat st;
	DIR *dir = opendir(folder);
	int error;

	if (!dir)
		return -1;
	while (errno = 0, (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		sa_copys(&path, folder);
		sa_catc(&path, '/');
		sa_cats(&path, entry->d_name);
		if (stat(sa_cstr(&path), &st) == 0 && st.st_mtime < now)
			add(list, &path, st.st_mtime);
	}
	error = errno;
	closedir(dir);
	sa_free(&path);
	errno = error;
	return error ? -1 : 0;
}

/* By time; messages of one second stay as the directory gave them. */
static int by_age(const void *a, const void *b)
{
	const struct maildir_entry *x = a;
	const struct maildir_entry *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return x->name < y->name ? -1 : 1;
}

int maildir_scan(struct maildir *dir, time_t now)
{
	sa_clear(&dir->names);
	dir->count = 0;
	if (scan_folder(dir, "new", now) < 0 ||
		scan_folder(dir, "cur", now) < 0)
		return -1;
	if (dir->count)
		qsort(dir->list, dir->count, sizeof *dir->list, by_age);
	return 0;
}

const char *maildir_path(const struct maildir *dir, size_t place)
{
	return dir->names.s + dir->list[place].name;
}
