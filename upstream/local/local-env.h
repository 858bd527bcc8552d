/* SPDX-License-Identifier: 0BSD */
/* What a program in a .qmail file is told, by its environment. See
 * qmail-command(8). */
#ifndef LOCAL_ENV_H
#define LOCAL_ENV_H

#include "local/local-delivery.h"
#include "local/stamp.h"

/* Sets the variables for the delivery. forward_sender becomes NEWSENDER; rest,
 * the part of the extension that a default file stands for, DEFAULT, which is
 * left as it is if rest is null. Returns 0, or -1 with errno. */
int local_env(const struct local_delivery *job, const struct stamp *stamp,
	const char *forward_sender, const char *rest);

#endif
