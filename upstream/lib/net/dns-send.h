/* SPDX-License-Identifier: 0BSD */
/* Asking the name servers of resolv.conf(5). */
#ifndef NET_DNS_SEND_H
#define NET_DNS_SEND_H

#include "lib/net/dns-wire.h"

/* The longest answer that is read, the limit of RFC 1035 section 2.3.4: the
 * rest of a longer one is lost. */
enum { DNS_ANSWER_MAX = 512 };

/* What resolv.conf says. */
enum { DNS_SERVERS_MAX = 3 };
struct dns_servers {
	char address[DNS_SERVERS_MAX][64]; /* as text */
	int count;
	unsigned long timeout;  /* seconds for the first try */
	unsigned long attempts; /* tries at each server */
};

/* Reads the text of a resolv.conf: its nameserver lines, and the options
 * timeout and attempts. Without a server, the one on this host is meant. */
void dns_servers_read(struct dns_servers *servers, const char *text, slen n);

/* Asks for a name, as it is, without a search list. Stores the answer, which
 * may be cut, and its length. Returns DNS_OK with an answer, whatever it says;
 * DNS_NONE if there can be no such name; DNS_TEMP if no server gave an
 * answer. */
enum dns_result dns_send(const char *name, slen n, enum dns_type type,
	unsigned char answer[DNS_ANSWER_MAX], slen *len);

#endif
