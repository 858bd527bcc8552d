/* SPDX-License-Identifier: 0BSD */
/* The mail accounts, looked up by name when they are needed. */
#ifndef MAIL_ACCOUNTS_H
#define MAIL_ACCOUNTS_H

#include <sys/types.h>

/* Store the id of a user (alias, qmaild, qmaill, qmailp, qmailq, qmailr,
 * qmails) or of a group (qmail, nofiles). Return 0; -1 with errno, ENOENT if
 * there is none. When compiled with ACCOUNTS=one every account is the user who
 * runs the program. */
int account_uid(const char *name, uid_t *uid);
int account_gid(const char *name, gid_t *gid);

/* Is uid that of the user? 0 as well if it cannot be told, and with
 * ACCOUNTS=one. */
int account_is(uid_t uid, const char *name);

/* Become the user and group for good, without supplementary groups. Returns 0,
 * or -1 with errno. With ACCOUNTS=one nothing changes. */
int account_become(const char *user, const char *group);

/* The same with ids; a caller that is not root can only become itself. */
int account_switch(uid_t uid, gid_t gid);

#endif
