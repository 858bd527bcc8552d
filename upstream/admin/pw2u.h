/* SPDX-License-Identifier: 0BSD */
/* From passwd to users/assign: the job of qmail-pw2u. */
#ifndef ADMIN_PW2U_H
#define ADMIN_PW2U_H

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"

/* When an account's home decides whether it gets mail. */
enum pw2u_homes {
	PW2U_OWNED,    /* it must exist and be the account's own */
	PW2U_REQUIRED, /* the same, and a missing one stops everything */
	PW2U_ANY       /* it is not looked at */
};

struct pw2u_options {
	enum pw2u_homes homes;
	int capitals;     /* take names with capital letters */
	int wildcards;    /* write lines for extensions */
	char separator;   /* between a name and its extension */
	const char *dash; /* between .qmail and an extension */
};

/* Reads lines of passwd and writes users/assign, with users/include, exclude,
 * mailnames, subusers and append below the current directory. Ends the process
 * with EXIT_TEMP, after saying why, if a file cannot be read or written, an
 * account that is needed is missing, or a home cannot be looked at. */
void pw2u_convert(struct inbuf *from, struct outbuf *to,
	const struct pw2u_options *wanted);

#endif
