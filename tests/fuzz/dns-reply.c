/* SPDX-License-Identifier: 0BSD */
/* DNS replies of any bytes: reading ends, stays in bounds, and gives names that are
 * text of at most a name's length; also resolv.conf and names of any bytes.
 *
 * Input: the reply. Its first bytes also serve as a name and as a resolv.conf. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/dns-send.h"
#include "lib/net/dns-wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 255 bytes of which each may be written as a backslash and three digits. */
enum { NAME_TEXT_MAX = 255 * 4 };

/* A name that was read can be asked for, and is then read back the same. */
static void check_name(const struct stralloc *name)
{
	unsigned char query[DNS_QUERY_MAX];
	struct dns_reply reply = {.bytes = query};
	struct stralloc again = {0};

	reply.n = dns_query_make(query, name->s, name->len, DNS_A, 1);
	if (!reply.n || dns_reply_name(&reply, 12, &again) < 0 ||
		again.len != name->len ||
		(name->len && memcmp(again.s, name->s, name->len) != 0))
		abort();
	sa_free(&again);
}

static void read_reply(const uint8_t *data, slen n)
{
	struct stralloc name = {0};
	struct dns_reply reply;
	struct dns_record record;
	unsigned records = 0;

	if (dns_reply_open(&reply, data, n) == DNS_OK) {
		while (dns_reply_next(&reply, &record) == 1) {
			if (++records > 65535 || record.data > n ||
				record.size > n - record.data)
				abort();
			if (dns_reply_name(&reply, record.data, &name) == 0) {
				if (name.len > NAME_TEXT_MAX)
					abort();
				check_name(&name);
			}
			if (dns_reply_name(&reply, record.data + 2, &name) ==
					0 &&
				name.len && memchr(name.s, '\0', name.len))
				abort();
			dns_reply_short(&reply, record.data);
		}
	}
	dns_reply_short(&reply, n);
	sa_free(&name);
}

static void make_query(const uint8_t *data, slen n)
{
	unsigned char query[DNS_QUERY_MAX];
	slen len = dns_query_make(query, (const char *)data, n, DNS_ANY, 7);

	if (len > sizeof query)
		abort();
	if (!len)
		return;
	dns_reply_fits(query, len, data, n);
	query[2] |= 0x80; /* now it is a reply */
	if (!dns_reply_fits(query, len, query, len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_servers servers;

	if (size > DNS_ANSWER_MAX)
		size = DNS_ANSWER_MAX;
	read_reply(data, (slen)size);
	make_query(data, (slen)size);
	dns_servers_read(&servers, (const char *)data, (slen)size);
	if (servers.count < 1 || servers.count > DNS_SERVERS_MAX)
		abort();
	return 0;
}
