/* SPDX-License-Identifier: 0BSD */
/* Whose mailbox a name is when users/cdb does not tell. */
#include "local/getpw.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/str/byte.h"
#include "lib/str/case.h"
#include "local/lspawn-exits.h"

/* The longest account name that is looked up. */
enum { NAME_MAX_LEN = 31 };

/* What parts an account's name from what follows. */
static const char separator = '-';

static const char no_text[] = "";
static const char dash_text[] = "-";

/* Looks an account up. Returns 0 with *entry, null if there is none; or an exit
 * code. */
static int look_up(struct passwd **entry, const char *name)
{
	errno = 0;
	*entry = getpwnam(name);
	if (*entry)
		return 0;
	switch (errno) {
	/* What the C libraries say of a name that does not exist. */
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return 0;
	default:
		return LSPAWN_NO_ACCOUNTS;
	}
}

/* Does the account own its home directory? Returns 0 with *owns, or an exit
 * code. */
static int check_home(int *owns, const struct passwd *entry)
{
	struct stat st;

	*owns = 0;
	if (stat(entry->pw_dir, &st) == 0) {
		*owns = st.st_uid == entry->pw_uid;
		return 0;
	}
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case EACCES:
	case ELOOP:
	case ENAMETOOLONG:
		return 0;
	default:
		/* A file server that is away must not send the mail to
		 * alias. */
		return LSPAWN_NO_HOMES;
	}
}

/* Finds the account that the first n bytes of box name. Returns 0 with *entry,
 * null if it gets no mail; or an exit code. */
static int find_account(struct passwd **entry, const char *box, slen n)
{
	char name[NAME_MAX_LEN + 1];
	int owns;
	int code;

	*entry = NULL;
	if (n == 0 || n > NAME_MAX_LEN)
		return 0;
	memcpy(name, box, n);
	name[n] = '\0';
	case_lower(name);
	code = look_up(entry, name);
	if (code || !*entry)
		return code;
	owns = 0;
	if ((*entry)->pw_uid != 0)
		code = check_home(&owns, *entry);
	if (!owns)
		*entry = NULL;
	return code;
}

static void put_record(struct stralloc *record, const struct passwd *entry,
	const char *dash, const char *ext)
{
	sa_copys(record, entry->pw_name);
	sa_0(record);
	sa_catnum(record, entry->pw_uid);
	sa_0(record);
	sa_catnum(record, entry->pw_gid);
	sa_0(record);
	sa_cats(record, entry->pw_dir);
	sa_0(record);
	sa_cats(record, dash);
	sa_0(record);
	sa_cats(record, ext);
	sa_0(record);
}

/* What no account claims is alias's, whose home nobody checks here. */
static int give_to_alias(struct stralloc *record, const char *box)
{
	struct passwd *entry;
	int code = look_up(&entry, "alias");

	if (code)
		return code;
	if (!entry)
		return LSPAWN_NO_ALIAS;
	put_record(record, entry, dash_text, box);
	return 0;
}

int getpw_record(struct stralloc *record, const char *box)
{
	slen whole = (slen)strlen(box);
	struct passwd *entry;

	for (slen n = whole;;) {
		int code = find_account(&entry, box, n);
		slen before;

		if (code)
			return code;
		if (entry) {
			put_record(record, entry,
				n < whole ? dash_text : no_text,
				n < whole ? box + n + 1 : no_text);
			return 0;
		}
		before = byte_rfind(box, n, separator);
		if (before == n)
			return give_to_alias(record, box);
		n = before;
	}
}
