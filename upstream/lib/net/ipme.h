/* SPDX-License-Identifier: 0BSD */
/* This host's own addresses. */
#ifndef NET_IPME_H
#define NET_IPME_H

#include "lib/net/ip.h"

/* Is ip the address of one of this host's interfaces that are up? Returns 1 or
 * 0; -1 with errno if the list cannot be had. The list is read once in a
 * process. */
int ipme_has(const struct ip_addr *ip);

#endif
