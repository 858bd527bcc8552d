/* SPDX-License-Identifier: 0BSD */
/* Finding the .qmail file that speaks for an address. */
#include "local/dotfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/str/case.h"

static const char word[] = "default";
enum { WORD = sizeof word - 1 };

/* Builds the file name for the first n bytes of the extension. Dots become
 * colons, so that no extension can climb out of the directory. */
static void make_name(struct stralloc *name, const struct dotfile_key *key,
	slen n, const char *suffix)
{
	sa_copys(name, ".qmail");
	sa_cats(name, key->dash);
	for (slen i = 0; i < n; i++) {
		char c = case_fold(key->ext[i]);

		sa_catc(name, c == '.' ? ':' : c);
	}
	sa_cats(name, suffix);
	sa_cstr(name);
}

/* Does errno say that there is no such file, for good? Anything else might go
 * away, and taking it for "no" would deliver mail to the wrong place or bounce
 * it. */
static int is_absent(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENXIO:
	case ENODEV:
		return 1;
	default:
		return 0;
	}
}

static int trouble(const char *name)
{
	say("Unable to open ", name, die_errno, ". (#4.3.0)", NULL);
	return -1;
}

/* Opens file->name. The returns are those of dotfile_find(). */
static int open_named(struct dotfile *file)
{
	struct stat st;

	file->fd = open_read(file->name.s);
	if (file->fd < 0)
		return is_absent() ? 0 : trouble(file->name.s);
	if (fstat(file->fd, &st) < 0) {
		trouble(file->name.s);
	} else if (!S_ISREG(st.st_mode)) {
		close(file->fd);
		return 0;
	} else if (st.st_mode & S_IWOTH) {
		say("Uh-oh: .qmail file is writable. (#4.7.0)", NULL);
	} else {
		file->forward_only = (st.st_mode & S_IXUSR) != 0;
		return 1;
	}
	close(file->fd);
	return -1;
}

int dotfile_find(struct dotfile *file, const struct dotfile_key *key)
{
	slen n = (slen)strlen(key->ext);
	slen i = n;
	int found;

	file->rest = NULL;
	make_name(&file->name, key, n, "");
	found = open_named(file);
	if (found) {
		if (n >= WORD && case_eqs(key->ext + n - WORD, word))
			file->rest = key->ext + n - WORD;
		return found;
	}
	for (;; i--) {
		if (i == 0 || key->ext[i - 1] == '-') {
			make_name(&file->name, key, i, word);
			found = open_named(file);
			file->rest = key->ext + i;
		}
		if (found || i == 0)
			return found;
	}
}

int dotfile_exists(const struct dotfile_key *key, const char *suffix)
{
	struct stralloc name = {0};
	struct stat st;
	int found = 1;

	make_name(&name, key, (slen)strlen(key->ext), suffix);
	if (stat(name.s, &st) < 0)
		found = is_absent() ? 0 : trouble(name.s);
	sa_free(&name);
	return found;
}
