/* SPDX-License-Identifier: 0BSD */
/* Counting how often a message was on its way, to stop mail loops. */
#ifndef SMTP_HOPS_H
#define SMTP_HOPS_H

#include <stddef.h>

/* A message that has come this often is looping. */
enum { SMTP_HOPS_MAX = 100 };

enum { HOPS_HEAD = 9 }; /* bytes of a line that are looked at */

/* A zeroed struct is at the start of a message. */
struct smtp_hops {
	unsigned count;       /* header lines that each stand for a hop */
	int in_body;          /* the header has ended */
	size_t seen;          /* bytes in head */
	char head[HOPS_HEAD]; /* how the current line begins */
};

/* Takes the next n bytes of the message as it came, with CR LF and dots.
 * Header lines that begin with "received" or "delivered", in any case,
 * count; the header ends at an empty line. */
void smtp_hops_scan(struct smtp_hops *hops, const char *from, size_t n);

/* Has the message come too often? */
int smtp_hops_exceeded(const struct smtp_hops *hops);

#endif
