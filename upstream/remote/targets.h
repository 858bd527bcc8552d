/* SPDX-License-Identifier: 0BSD */
/* Which of a domain's hosts may get its mail. */
#ifndef REMOTE_TARGETS_H
#define REMOTE_TARGETS_H

#include "lib/net/dns.h"

/* Takes out the hosts that are no better than this one, if it is among them:
 * mail sent to those would come back (RFC 974). Returns 0, with an empty list
 * if this host is itself the best; -1 with errno if its own addresses cannot be
 * had. */
int targets_better_than_self(struct dns_hosts *hosts);

#endif
