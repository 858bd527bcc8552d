/* SPDX-License-Identifier: 0BSD */
/* Who sends a message, as the environment tells it. */
#ifndef INJECT_IDENTITY_H
#define INJECT_IDENTITY_H

#include "lib/str/stralloc.h"

struct identity {
	const char *user;
	const char *host;
	const char *name;        /* the person's name; null: not known */
	const char *sender_user; /* where bounces go */
	const char *sender_host;
};

/* Reads the environment. Where it names no host, default_host stands. */
void identity_read(struct identity *self, const char *default_host);

/* Appends "From: " and the address with the name, in a comment behind it if
 * as_comment is set, and a newline. */
void identity_from(
	struct stralloc *out, const struct identity *self, int as_comment);

/* Appends "Return-Path: ", the address for bounces, with suffix added to its
 * user, and a newline. */
void identity_return_path(
	struct stralloc *out, const struct identity *self, const char *suffix);

#endif
