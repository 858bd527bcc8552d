/* SPDX-License-Identifier: 0BSD */
/* The mail accounts, looked up by name when they are needed. */
#include "lib/mail/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#ifdef ACCOUNTS_one

int account_uid(const char *name, uid_t *uid)
{
	(void)name;
	*uid = getuid();
	return 0;
}

int account_gid(const char *name, gid_t *gid)
{
	(void)name;
	*gid = getgid();
	return 0;
}

int account_is(uid_t uid, const char *name)
{
	(void)uid;
	(void)name;
	return 0;
}

int account_become(const char *user, const char *group)
{
	(void)user;
	(void)group;
	return 0;
}

int account_switch(uid_t uid, gid_t gid)
{
	if (uid == getuid() && gid == getgid())
		return 0;
	errno = EPERM;
	return -1;
}

#else

int account_uid(const char *name, uid_t *uid)
{
	struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (entry) {
		*uid = entry->pw_uid;
		return 0;
	}
	if (!errno)
		errno = ENOENT;
	return -1;
}

int account_gid(const char *name, gid_t *gid)
{
	struct group *entry;

	errno = 0;
	entry = getgrnam(name);
	if (entry) {
		*gid = entry->gr_gid;
		return 0;
	}
	if (!errno)
		errno = ENOENT;
	return -1;
}

int account_is(uid_t uid, const char *name)
{
	uid_t theirs;

	return account_uid(name, &theirs) == 0 && theirs == uid;
}

int account_become(const char *user, const char *group)
{
	uid_t uid;
	gid_t gid;

	if (account_uid(user, &uid) < 0 || account_gid(group, &gid) < 0)
		return -1;
	return account_switch(uid, gid);
}

int account_switch(uid_t uid, gid_t gid)
{
	if (setgroups(1, &gid) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
		return -1;
	return 0;
}

#endif
