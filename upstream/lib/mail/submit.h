/* SPDX-License-Identifier: 0BSD */
/* Handing a message to qmail-queue: the message on its descriptor 0, the
 * envelope on its descriptor 1. See qmail-queue(8) and envelopes(5).
 *
 *	submit_open(); submit_put() the message; submit_from(); submit_to() for
 *	each recipient; submit_close().
 *
 * Nothing in between needs checking: trouble is kept and told by
 * submit_close(). To cancel, call submit_fail() at any time: the queue then
 * drops the message.
 */
#ifndef MAIL_SUBMIT_H
#define MAIL_SUBMIT_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/io/outbuf.h"

struct submit {
	struct outbuf out;
	char mem[4096];
	int message;  /* the queue's descriptor 0, until submit_from() */
	int envelope; /* and its descriptor 1 */
	int failed;   /* the message must not be queued */
	pid_t pid;
};

/* Starts the queue program. Returns 0; -1 with errno if pipes or a process
 * could not be had, and then no other call is allowed. */
int submit_open(struct submit *sub);

/* The queue program's process id, which programs report as the "qp" of a
 * message. */
unsigned long submit_qp(const struct submit *sub);

/* Adds n bytes, or a C string, to the message, which is taken as it is. */
void submit_put(struct submit *sub, const void *from, size_t n);
void submit_puts(struct submit *sub, const char *text);

/* Marks the message as not to be queued. */
void submit_fail(struct submit *sub);

/* Ends the message and gives the envelope sender. */
void submit_from(struct submit *sub, const char *sender);

/* Gives one envelope recipient. */
void submit_to(struct submit *sub, const char *recipient);

/* Ends the envelope and waits for the queue's verdict. Returns an empty string
 * if the message is queued; else D (permanent) or Z (temporary) and a text with
 * an RFC 1893 status code in parentheses. The string is constant. */
const char *submit_close(struct submit *sub);

#endif
