/* SPDX-License-Identifier: 0BSD */
/* What the mail programs ask the Domain Name System.
 *
 * Each look-up returns DNS_OK, DNS_NONE or DNS_TEMP, see dns-wire.h. Names are
 * asked for as they stand, without a search list.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "lib/net/dns-wire.h"
#include "lib/net/ip.h"

/* Hosts to speak to, in the order to try them. */
struct dns_host {
	struct ip_addr ip;
	unsigned preference; /* of the mail exchanger; lower is better */
	unsigned rank;       /* random, one for an exchanger's addresses */
};
struct dns_hosts {
	struct dns_host *list;
	slen count;
	slen room;
};

/* Appends a host. A zeroed struct is an empty list. */
void dns_hosts_add(
	struct dns_hosts *hosts, const struct ip_addr *ip, unsigned preference);

/* Frees the memory; the list is empty and usable again. */
void dns_hosts_free(struct dns_hosts *hosts);

/* Replaces an alias by the name it stands for, again and again, ten times at
 * most; a dot at the end is dropped first. Empty names and address literals
 * stay. *changed tells whether the name is another now. Returns DNS_OK or
 * DNS_TEMP. */
enum dns_result dns_canonical(struct stralloc *name, int *changed);

/* Appends the addresses of a host. DNS_OK may come with none. A name that is an
 * address, with or without brackets, stands for itself. */
enum dns_result dns_addresses(
	struct dns_hosts *hosts, const struct stralloc *name);

/* Appends the addresses of a domain's mail exchangers, the best preference
 * first, those of equal preference in random order; without any, the addresses
 * of the domain's own name with preference 0. */
enum dns_result dns_exchangers(
	struct dns_hosts *hosts, const struct stralloc *name);

/* Replaces name with the one that an address has, without looking that name
 * up. */
enum dns_result dns_name_of(struct stralloc *name, const struct ip_addr *ip);

#endif
