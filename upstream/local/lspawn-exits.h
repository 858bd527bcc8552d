/* SPDX-License-Identifier: 0BSD */
/* Exit codes by which a child of qmail-lspawn, or qmail-getpw in it, says why
 * it never became qmail-local. Beyond those of lib/mail/exits.h; qmail-local
 * has none of them. */
#ifndef LOCAL_LSPAWN_EXITS_H
#define LOCAL_LSPAWN_EXITS_H

enum {
	LSPAWN_NO_ALIAS = 113, /* there is no account alias */
	LSPAWN_NO_HOMES,       /* a home directory cannot be looked at now */
	LSPAWN_NO_ACCOUNTS,    /* the accounts cannot be looked up now */
	LSPAWN_BAD_CDB,        /* users/cdb is unreadable or unsound */
	LSPAWN_NO_GETPW,       /* qmail-getpw did not run or made no sense */
	LSPAWN_ROOT,           /* the mailbox belongs to root */
	LSPAWN_NO_SWITCH,      /* could not become the mailbox's account */
	LSPAWN_NO_MEMORY,
	LSPAWN_NO_LOCAL_NOW, /* qmail-local could not be started this time */
	LSPAWN_NO_LOCAL      /* qmail-local cannot be started */
};

#endif
