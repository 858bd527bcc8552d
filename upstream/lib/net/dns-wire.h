/* SPDX-License-Identifier: 0BSD */
/* The Domain Name System's messages in memory (RFC 1035 section 4): making
 * queries and reading replies, every byte of which may be hostile. Nothing here
 * touches the network.
 *
 * Names as text are labels with dots between them, without one at the end; the
 * root is an empty string. In a label a backslash and three digits stand for
 * any byte, and a backslash before another character for that character.
 */
#ifndef NET_DNS_WIRE_H
#define NET_DNS_WIRE_H

#include "lib/str/slen.h"
#include "lib/str/stralloc.h"

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_ANY = 255
};

/* What a query came to. */
enum dns_result {
	DNS_OK = 0,
	DNS_NONE = -1, /* no such name, or nothing of this type at it */
	DNS_TEMP = -2  /* it cannot be told now */
};

/* The longest query: header, longest name, type and class. */
enum { DNS_QUERY_MAX = 12 + 255 + 4 };

/* Writes a query for the n bytes of name at out (DNS_QUERY_MAX bytes). Returns
 * its length; 0 if that is no name (an empty or too long label, too long in
 * all). One dot at the end of the name is ignored. */
slen dns_query_make(unsigned char *out, const char *name, slen n,
	enum dns_type type, unsigned id);

/* Is the reply of n bytes one to this query: same number, same question? */
int dns_reply_fits(const unsigned char *query, slen querylen,
	const unsigned char *reply, slen n);

/* The answer section of a reply, read record by record. */
struct dns_reply {
	const unsigned char *bytes;
	slen n;
	slen at;       /* where the next record begins */
	unsigned left; /* records that should follow */
	int cut;       /* the sender says that the answer is not all */
};

struct dns_record {
	unsigned type;
	slen data; /* index of its data in the reply */
	slen size; /* of its data */
};

/* Starts reading the n bytes of a reply, which must outlive the struct. Returns
 * DNS_OK if there are answers; DNS_NONE; DNS_TEMP for a server's failure, or
 * bytes that are no reply. */
enum dns_result dns_reply_open(
	struct dns_reply *reply, const unsigned char *bytes, slen n);

/* Takes the next record of class IN. Returns 1; 0 at the end of the answers; -1
 * if the rest is missing or broken. */
int dns_reply_next(struct dns_reply *reply, struct dns_record *record);

/* Replaces name with the one at index at. Returns 0; -1 if it is broken: too
 * long, beyond the reply's end, or a pointer that does not lead backwards. */
int dns_reply_name(
	const struct dns_reply *reply, slen at, struct stralloc *name);

/* The two bytes at index at as a number; 0 beyond the end. */
unsigned dns_reply_short(const struct dns_reply *reply, slen at);

#endif
