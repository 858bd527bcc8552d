/* SPDX-License-Identifier: 0BSD */
/* Addresses of hosts. */
#ifndef NET_IP_H
#define NET_IP_H

#include "lib/str/slen.h"

/* An IPv4 address, first byte first. */
struct ip_addr {
	unsigned char b[4];
};

/* Room for any address as text, with a NUL. */
#define IP_FMT 20

/* Writes the address as dotted decimal at out (IP_FMT bytes), without a NUL.
 * Returns how many bytes it wrote. */
slen ip_fmt(char *out, const struct ip_addr *ip);

/* Reads a dotted decimal address from the front of the C string s. Returns how
 * many bytes it took; 0 if there is none. Each number is cut to 8 bits. */
slen ip_scan(const char *s, struct ip_addr *ip);

/* The same for an address in [brackets], which count in the length. */
slen ip_scan_bracketed(const char *s, struct ip_addr *ip);

#endif
