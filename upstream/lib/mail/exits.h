/* SPDX-License-Identifier: 0BSD */
/* The exit codes that the mail programs, and programs they run, agree on. */
#ifndef MAIL_EXITS_H
#define MAIL_EXITS_H

enum {
	EXIT_DONE = 0,   /* success */
	EXIT_LAST = 99,  /* success; skip the rest of the .qmail file */
	EXIT_PERM = 100, /* permanent failure: bounce */
	EXIT_TEMP = 111  /* temporary failure: try again later */
};

#endif
