/* SPDX-License-Identifier: 0BSD */
/* Sending the message at descriptor 0 on to other addresses. */
#ifndef LOCAL_REDIRECT_H
#define LOCAL_REDIRECT_H

#include "lib/str/stralloc.h"

/* Queues the message, from its start, with the line delivered_to in front, for
 * the recipients (each ended by NUL). Stores the queue's process id. Ignores
 * SIGPIPE from now on. Returns an empty string; else D (permanent) or Z
 * (temporary) and a text. */
const char *redirect(const char *delivered_to, const char *sender,
	const struct stralloc *recipients, unsigned long *qp);

/* The same for the program called name: says the process id or what went wrong,
 * and returns EXIT_DONE, EXIT_PERM or EXIT_TEMP. */
int redirect_as(const char *name, const char *sender,
	const struct stralloc *recipients);

/* The environment variable, which the program called name cannot do without: if
 * it is not set, ends the process with EXIT_PERM after saying so. */
const char *redirect_need(const char *name, const char *variable);

#endif
