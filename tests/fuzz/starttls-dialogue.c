/* SPDX-License-Identifier: 0BSD */
/* A server that answers EHLO and STARTTLS with anything: the handshake never begins
 * while plain text is waiting, nothing goes out in the clear if TLS is a must, and the
 * report is pieces of a known letter and text, one of them about the message.
 *
 * Input: one byte (what is a must, what a handshake gives), then the server's
 * bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/tlsask.h"
#include "remote/dialogue.h"
#include "remote/secure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *server;
static size_t server_left;
static struct stralloc reported;

static ssize_t server_says(int fd, void *to, size_t n)
{
	(void)fd;
	n = n < server_left ? n : server_left;
	memcpy(to, server, n);
	server += n;
	server_left -= n;
	return (ssize_t)n;
}

static ssize_t no_message(int fd, void *to, size_t n)
{
	(void)fd;
	(void)to;
	(void)n;
	return 0;
}

static int active;
static int must;

static ssize_t watch(int fd, const void *from, size_t n)
{
	(void)fd;
	if (must && !active && n >= 4 && memcmp(from, "MAIL", 4) == 0)
		abort();
	return (ssize_t)n;
}

static int result;

static int handshake(struct secure *secure, struct tlsask_verdict *verdict)
{
	static const char *const faults[] = {
		"service", "handshake", "verify", "config"};

	if (inbuf_ready(secure->d->in))
		abort();
	if (result >= 4) {
		tlsask_complain(verdict, "", "");
		verdict->protocol = "TLSv1.3";
		verdict->cipher = "X";
		verdict->peer = result & 1 ? "verified" : "unchecked";
		active = !must || result & 1;
		return 0;
	}
	tlsask_complain(verdict, faults[result], "why");
	return -1;
}

static ssize_t keep_report(int fd, const void *from, size_t n)
{
	(void)fd;
	sa_catb(&reported, from, (slen)n);
	return (ssize_t)n;
}

static void check_report(void)
{
	slen at = 0;
	int last = 0;

	while (at < reported.len) {
		const char *piece = reported.s + at;
		const char *end = memchr(piece, '\0', reported.len - at);

		if (!end || end == piece || strchr("KZD", last ? last : 'x') ||
			!strchr("rhsKZD", *piece))
			abort();
		last = *piece;
		at += (slen)(end - piece) + 1;
	}
	if (!last || !strchr("KZD", last))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stralloc address = {0};
	struct inbuf in;
	struct inbuf mess;
	struct outbuf out;
	struct outbuf report;
	char mem[4][128];
	struct dialogue d = {.in = &in,
		.out = &out,
		.message = &mess,
		.report = &report,
		.peer = "192.0.2.1",
		.helo = &address,
		.ehlo = 1,
		.sender = &address,
		.recipients = &address,
		.count = 1};
	struct secure secure = {.handshake = handshake, .d = &d};

	if (!size)
		return 0;
	must = data[0] & 1;
	result = data[0] >> 1 & 7;
	active = 0;
	secure.plain_allowed = !must && data[0] & 16;
	secure.policy.rule = must ? TLS_MUST : TLS_MAY;
	sa_copys(&secure.policy.file, "control/tlshosts/x.pem");
	d.secure = &secure;

	server = (const char *)data + 1;
	server_left = size - 1;
	sa_copys(&address, "s@example.org");
	sa_clear(&reported);
	inbuf_init(&in, server_says, -1, mem[0], sizeof mem[0]);
	inbuf_init(&mess, no_message, -1, mem[1], sizeof mem[1]);
	outbuf_init(&out, watch, -1, mem[2], sizeof mem[2]);
	outbuf_init(&report, keep_report, -1, mem[3], sizeof mem[3]);
	dialogue_run(&d);
	outbuf_flush(&report);
	if (!secure.plain_wanted)
		check_report();
	tlspolicy_free(&secure.policy);
	sa_free(&secure.accepted);
	sa_free(&address);
	return 0;
}
