/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-popup: a POP3 client tells who it is, and another
 * program checks that. See qmail-popup(8). */
#ifndef POP_LOGIN_H
#define POP_LOGIN_H

#include "lib/io/chat.h"

struct pop_login {
	struct chat chat;
	char **checker;        /* the program that checks, and its arguments */
	struct stralloc stamp; /* <...@host>, the time stamp of APOP */
	int has_user;
	struct stralloc user;
};

/* Fills in a session that reads from descriptor in and writes to out, for a
 * server named host. checker is the program that checks, found through PATH,
 * and its arguments, ended by a null pointer; it must outlive the session. A
 * client that is silent for 20 minutes ends the process, and so does a lack of
 * memory. */
void pop_login_open(struct pop_login *login, int in, int out, const char *host,
	char **checker);

/* Greets the client and serves it until it has logged in, and out again, or has
 * failed to. */
void pop_login_serve(struct pop_login *login);

#endif
