/* SPDX-License-Identifier: 0BSD */
/* Handing a message to the queue up to a limit of its size. */
#ifndef SMTP_SIZED_H
#define SMTP_SIZED_H

#include <stddef.h>
#include <stdint.h>

#include "lib/mail/submit.h"

struct sized_submit {
	struct submit queue;
	uint32_t limit; /* bytes given to sized_put(); 0: none */
	uint32_t left;  /* of the limit */
	int too_big;
};

/* Starts the queue program. Returns 0, or -1 with errno. */
int sized_open(struct sized_submit *sub, uint32_t limit);

/* Adds n bytes that count. What passes the limit is dropped, and the message
 * will be dropped with it. */
void sized_put(struct sized_submit *sub, const char *from, size_t n);

/* The message is known to be too big. */
void sized_refuse(struct sized_submit *sub);

#endif
