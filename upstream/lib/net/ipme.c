/* SPDX-License-Identifier: 0BSD */
/* This host's own addresses. */
#include "lib/net/ipme.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Read at the first question and kept until the process ends. */
static struct ifaddrs *interfaces;
static int known;

/* Stores the interface's address. Returns 0 if it is down or has none of our
 * kind. */
static int address_of(const struct ifaddrs *face, struct ip_addr *ip)
{
	struct sockaddr_in in;

	if (!(face->ifa_flags & IFF_UP) || !face->ifa_addr ||
		face->ifa_addr->sa_family != AF_INET)
		return 0;
	memcpy(&in, face->ifa_addr, sizeof in);
	memcpy(ip->b, &in.sin_addr, sizeof ip->b);
	return 1;
}

int ipme_has(const struct ip_addr *ip)
{
	struct ip_addr own;

	if (!known) {
		if (getifaddrs(&interfaces) < 0)
			return -1;
		known = 1;
	}
	for (const struct ifaddrs *face = interfaces; face;
		face = face->ifa_next)
		if (address_of(face, &own) &&
			memcmp(own.b, ip->b, sizeof own.b) == 0)
			return 1;
	return 0;
}
