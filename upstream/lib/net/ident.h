/* SPDX-License-Identifier: 0BSD */
/* Asking the other end of a connection whose it is (RFC 1413). */
#ifndef NET_IDENT_H
#define NET_IDENT_H

#include "lib/net/ip.h"
#include "lib/str/stralloc.h"

/* One end of a TCP connection. */
struct net_end {
	struct ip_addr ip;
	unsigned port;
};

/* Takes the user out of an ident server's reply of n bytes, control characters
 * and blanks dropped; user becomes empty if the reply names none. */
void ident_parse(struct stralloc *user, const char *reply, slen n);

/* Asks the host at the remote end, and waits at most seconds for the
 * connection, and for each piece of the exchange. Returns 0 with the user,
 * which may be empty; -1 with errno if there was no connection to ask on. */
int ident_ask(struct stralloc *user, const struct net_end *remote,
	const struct net_end *local, long seconds);

#endif
