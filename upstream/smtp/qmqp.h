/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-qmqpd: one message in one netstring from a host that is
 * trusted, and one answer. See qmail-qmqpd(8). */
#ifndef SMTP_QMQP_H
#define SMTP_QMQP_H

#include "lib/io/chat.h"
#include "smtp/client.h"
#include "smtp/netstring.h"

/* The TCP port of the service. */
enum { QMQP_PORT = 628 };

struct qmqp_session {
	struct chat chat;
	struct netstrings in;
	struct client client;
};

/* Fills in a session on two descriptors. */
void qmqp_open(struct qmqp_session *session, int in, int out);

/* Serves the client. Returns the exit code. */
int qmqp_serve(struct qmqp_session *session);

#endif
