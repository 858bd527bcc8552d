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

/* Fills in a session that reads from descriptor in and writes to out. Who the
 * client is, it takes from the environment, which must stay as it is. */
void qmqp_open(struct qmqp_session *session, int in, int out);

/* Serves the client. Returns the exit code. */
int qmqp_serve(struct qmqp_session *session);

#endif
