/* SPDX-License-Identifier: 0BSD */
/* control/smtproutes: which relay gets the mail for a host. */
#ifndef REMOTE_ROUTE_H
#define REMOTE_ROUTE_H

#include "lib/mail/constmap.h"
#include "lib/str/stralloc.h"

enum { SMTP_PORT = 25 };

struct route {
	int relay;            /* does a route apply? */
	struct stralloc host; /* where to connect: the relay, or itself */
	unsigned port;
};

/* Finds the route for a host: under its own name, then under each of its
 * endings that begin with a dot, then under the empty name. An empty value
 * stands for no route. */
void route_find(
	struct route *route, const struct constmap *routes, const char *host);

#endif
