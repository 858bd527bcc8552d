/* SPDX-License-Identifier: 0BSD */
/* What a name server says by UDP about EDNS, and by TCP: any bytes. Reading ends and
 * stays in bounds; a TCP answer is never longer than what came, and fits the query.
 *
 * Input: the reply; by TCP, what comes on the stream before it ends. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net/dns-edns.h"
#include "lib/net/dns-tcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char query[DNS_QUERY_MAX];
static slen length;

static void by_udp(const uint8_t *data, size_t size)
{
	/* an exact copy, so that a byte too far is noticed */
	unsigned char *reply = malloc(size ? size : 1);
	int code = size > 3 ? data[3] & 0x0f : 0;

	if (!reply)
		return;
	if (size)
		memcpy(reply, data, size);
	if (dns_edns_refused(query, length, reply, (slen)size)) {
		if (size < 12 || memcmp(reply, query, 2) != 0)
			abort();
		if (code != 1 && code != 4 &&
			!dns_reply_fits(query, length, reply, (slen)size))
			abort();
	}
	dns_tcp_wanted(reply, (slen)size);
	free(reply);
}

static void by_tcp(const uint8_t *data, size_t size)
{
	static unsigned char answer[DNS_ANSWER_MAX];
	int ends[2];
	slen n;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	if (size && write(ends[1], data, size) != (ssize_t)size)
		abort();
	shutdown(ends[1], SHUT_WR);
	n = dns_tcp_exchange(ends[0], query, length, answer, 1);
	if (n > 0 && (n + 2 > size || memcmp(answer, data + 2, n) != 0 ||
			!dns_reply_fits(query, length, answer, n)))
		abort();
	close(ends[0]);
	close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	length = dns_query_make(query, "a.example", 9, DNS_MX, 0x1234);
	if (size > 60000)
		size = 60000;
	by_udp(data, size);
	by_tcp(data, size);
	return 0;
}
