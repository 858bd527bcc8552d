/* SPDX-License-Identifier: 0BSD */
/* Who is at the other end of the connection, and the trace field that says
 * so. */
#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include <time.h>

#include "lib/str/stralloc.h"

/* As the server that accepted the connection told in the environment. None
 * is null, but for info. */
struct client {
	const char *ip;    /* TCPREMOTEIP, or unknown */
	const char *host;  /* TCPREMOTEHOST, or unknown */
	const char *info;  /* TCPREMOTEINFO; null: the user is not known */
	const char *local; /* TCPLOCALHOST, else TCPLOCALIP, else unknown */
};

/* Fills in the client. Its texts are those of the environment, any bytes at all,
 * and last until that is changed. */
void client_from_env(struct client *client);

/* Appends the Received field (RFC 822 section 4.3.2) for a message that came
 * by protocol at the time when. helo, if not null, is the name that the
 * client gave itself. Whatever came from outside is cut down to harmless
 * characters. */
void client_received(struct stralloc *out, const struct client *client,
	const char *protocol, const char *helo, time_t when);

#endif
