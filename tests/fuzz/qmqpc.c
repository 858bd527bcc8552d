/* SPDX-License-Identifier: 0BSD */
/* The QMQP client with any envelope and any answer: what it sends is one
 * netstring of netstrings, and the answer's first K, Z or D decides.
 *
 * Input: the length of the answer in one byte, the answer, the envelope. The
 * message is the answer again. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "lib/net/connect.h"
#include "smtp/qmqpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *answer;
static size_t answer_size;
static int server = -1;

static void check(int good)
{
	if (!good)
		abort();
}

int net_connect(const struct ip_addr *from, const struct ip_addr *to,
	unsigned port, long seconds)
{
	int ends[2];

	(void)to;
	(void)seconds;
	check(!from && port == 628);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	server = ends[1];
	check(write(server, answer, answer_size) == (ssize_t)answer_size);
	check(shutdown(server, SHUT_WR) == 0);
	return ends[0];
}

/* Steps over a netstring. Returns what lies behind it, and its contents. */
static const char *netstring(
	const char *at, const char *end, const char **inside, size_t *n)
{
	*n = 0;
	check(at < end && *at >= '0' && *at <= '9');
	while (at < end && *at >= '0' && *at <= '9')
		*n = *n * 10 + (size_t)(*at++ - '0');
	check(at < end && *at == ':');
	*inside = at + 1;
	check((size_t)(end - *inside) > *n && (*inside)[*n] == ',');
	return *inside + *n + 1;
}

static void check_sent(size_t addresses)
{
	static char sent[1 << 18];
	ssize_t got = recv(server, sent, sizeof sent, MSG_WAITALL);
	const char *inside, *text;
	size_t whole, n;

	check(got > 0 && got < (ssize_t)sizeof sent);
	check(netstring(sent, sent + got, &inside, &whole) == sent + got);
	text = inside;
	inside = netstring(text, text + whole, &text, &n);
	check(n == answer_size && memcmp(text, answer, n) == 0);
	for (whole = (size_t)(sent + got - 1 - inside); whole; addresses--) {
		const char *next = netstring(inside, inside + whole, &text, &n);

		check(addresses > 0);
		whole -= (size_t)(next - inside);
		inside = next;
	}
	check(addresses == 0);
}

static int expected(void)
{
	for (size_t i = 0; i < answer_size; i++)
		switch (answer[i]) {
		case 'K':
			return 0;
		case 'Z':
			return 71;
		case 'D':
			return 31;
		}
	return 74;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmqpc_mail mail = {.message = {0}};
	struct ip_addr ip = {{127, 0, 0, 1}};
	size_t addresses = 0;
	int message, envelope, code;

	if (!size)
		return 0;
	answer = data + 1;
	answer_size = data[0] < size ? data[0] : size - 1;
	data += 1 + answer_size;
	size -= 1 + answer_size;
	message = client_file(answer, answer_size);
	envelope = client_file(data, size);
	code = qmqpc_read(&mail, message, envelope);
	check(code == 0 || code == 91);
	if (code == 0) {
		for (; *data; data += strlen((const char *)data) + 1)
			addresses++;
		check(qmqpc_send(&mail, &ip) == expected());
		check_sent(addresses);
		close(server);
	}
	sa_free(&mail.message);
	sa_free(&mail.envelope);
	close(message);
	close(envelope);
	return 0;
}
