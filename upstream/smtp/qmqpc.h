/* SPDX-License-Identifier: 0BSD */
/* The client side of QMQP: what qmail-qmqpc does in qmail-queue's place. */
#ifndef SMTP_QMQPC_H
#define SMTP_QMQPC_H

#include "lib/net/ip.h"
#include "lib/str/stralloc.h"

/* A message ready to be sent, in two parts so that it is copied once. */
struct qmqpc_mail {
	struct stralloc message;
	struct stralloc envelope; /* its addresses as netstrings */
};

/* Reads a message and an envelope as a submitter hands them to qmail-queue,
 * whose exit codes this returns: 0, 54 or 91. */
int qmqpc_read(struct qmqpc_mail *mail, int message, int envelope);

/* Gives the mail to the server. Returns -1 with errno if it cannot be
 * reached; else the exit code that its answer stands for, 74 if there is
 * none. */
int qmqpc_send(const struct qmqpc_mail *mail, const struct ip_addr *server);

/* Tries the servers in a list as control_list() gives it, until one can be
 * reached; what is no IP address is passed over. Returns the exit code. */
int qmqpc_deliver(
	const struct qmqpc_mail *mail, const struct stralloc *servers);

#endif
