/* SPDX-License-Identifier: 0BSD */
/* Addresses in SMTP commands (RFC 821 section 4.1.2), read leniently. */
#ifndef SMTP_ADDRESS_H
#define SMTP_ADDRESS_H

#include "lib/str/stralloc.h"

/* The longest address that is taken, without a NUL. */
enum { SMTP_ADDRESS_MAX = 899 };

/* Replaces addr with the address in a command's argument, without its
 * quoting and without a source route. What surrounds the address, and a
 * bracket that is missing, does not matter. */
void smtp_address_parse(struct stralloc *addr, const char *arg);

/* If the domain of addr is one of this host's own IP addresses in brackets,
 * puts name in its place. Returns 0, or -1 with errno if the own addresses
 * cannot be had. */
int smtp_address_localize(struct stralloc *addr, const struct stralloc *name);

#endif
