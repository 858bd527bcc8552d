/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-qmtpd: messages come in as netstrings, and each
 * recipient gets an answer. See qmail-qmtpd(8). */
#ifndef SMTP_QMTP_H
#define SMTP_QMTP_H

#include "lib/io/chat.h"
#include "smtp/client.h"
#include "smtp/netstring.h"

struct qmtp_session {
	struct chat chat;
	struct netstrings in;
	struct client client;
	uint32_t databytes;      /* largest message; 0: any */
	const char *relayclient; /* null: recipients must be in rcpthosts */
	struct stralloc addr;
};

/* Makes the installation's home the current directory and fills in a session
 * on two descriptors, with what environment and control files say. Returns
 * 0, or -1 with errno. */
int qmtp_open(struct qmtp_session *session, int in, int out);

/* Serves the client to the end. Returns the exit code. */
int qmtp_serve(struct qmtp_session *session);

#endif
