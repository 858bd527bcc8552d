/* SPDX-License-Identifier: 0BSD */
/* TCP connections to a host. */
#ifndef NET_CONNECT_H
#define NET_CONNECT_H

#include "lib/net/ip.h"

/* Connects to a port of the host, from a given own address or, with a null
 * pointer, from any, and waits at most seconds (at least 1) for it. Returns a
 * descriptor that is non-blocking and close-on-exec; -1 with errno, ETIMEDOUT
 * if the time ran out. */
int net_connect(const struct ip_addr *from, const struct ip_addr *to,
	unsigned port, long seconds);

/* The two ends of a connected socket. Each stores an address and a port;
 * returns 0, or -1 with errno if fd is no such socket. */
int net_local_end(int fd, struct ip_addr *ip, unsigned *port);
int net_remote_end(int fd, struct ip_addr *ip, unsigned *port);

#endif
