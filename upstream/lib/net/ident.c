/* SPDX-License-Identifier: 0BSD */
/* Asking the other end of a connection whose it is (RFC 1413). */
#include "lib/net/ident.h"

#include <sys/socket.h>
#include <unistd.h>

#include "lib/io/timeout.h"
#include "lib/net/connect.h"
#include "lib/str/byte.h"

enum {
	IDENT_PORT = 113,
	REPLY_MAX = 999, /* a longer line is cut */
	COLONS = 3       /* before the user: ports, USERID, system */
};

void ident_parse(struct stralloc *user, const char *reply, slen n)
{
	slen at = 0;

	sa_clear(user);
	n = byte_find(reply, n, '\n');
	for (int colon = 0; colon < COLONS; colon++) {
		at += byte_find(reply + at, n - at, ':');
		if (at == n)
			return;
		at++;
	}
	for (; at < n; at++)
		if ((unsigned char)reply[at] > ' ' && reply[at] != 127)
			sa_catc(user, reply[at]);
}

/* Reads until a line is complete, the peer is done, or the time is up. */
static slen reply_read(int fd, char *reply, long seconds)
{
	slen n = 0;

	while (n < REPLY_MAX && byte_find(reply, n, '\n') == n) {
		ssize_t got = timeout_read(
			seconds, fd, reply + n, REPLY_MAX - n);

		if (got <= 0)
			break;
		n += (slen)got;
	}
	return n;
}

/* Sends the query. A peer that is gone already must not end the process by
 * SIGPIPE. Returns 0, or -1. */
static int query_write(int fd, const struct stralloc *query, long seconds)
{
	if (timeout_writable(seconds, fd) < 0)
		return -1;
	return send(fd, query->s, query->len, MSG_NOSIGNAL) ==
			(ssize_t)query->len
		? 0
		: -1;
}

int ident_ask(struct stralloc *user, const struct net_end *remote,
	const struct net_end *local, long seconds)
{
	struct stralloc query = {0};
	char reply[REPLY_MAX];
	int fd = net_connect(&local->ip, &remote->ip, IDENT_PORT, seconds);

	if (fd < 0)
		return -1;
	sa_catnum(&query, remote->port);
	sa_cats(&query, " , ");
	sa_catnum(&query, local->port);
	sa_cats(&query, "\r\n");
	if (query_write(fd, &query, seconds) == 0)
		ident_parse(user, reply, reply_read(fd, reply, seconds));
	else
		sa_clear(user);
	sa_free(&query);
	close(fd);
	return 0;
}
