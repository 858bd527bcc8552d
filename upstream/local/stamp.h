/* SPDX-License-Identifier: 0BSD */
/* The lines that a delivery puts in front of a message. */
#ifndef LOCAL_STAMP_H
#define LOCAL_STAMP_H

#include <time.h>

#include "lib/str/stralloc.h"

/* Each ends with a newline and holds no other, with a NUL behind it that does
 * not count. */
struct stamp {
	struct stralloc separator;    /* From sender date, for mbox files */
	struct stralloc return_path;  /* Return-Path: <sender> */
	struct stralloc delivered_to; /* Delivered-To: local@host */
};

/* Fills a zeroed struct. */
void stamp_make(struct stamp *stamp, const char *sender, const char *local,
	const char *host, time_t when);

/* Does the header of the message at fd, read from where it stands, have this
 * very Delivered-To line? Returns 1 or 0; -1 with errno. */
int stamp_is_looping(const struct stamp *stamp, int fd);

#endif
