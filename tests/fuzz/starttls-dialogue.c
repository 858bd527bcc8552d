/* SPDX-License-Identifier: 0BSD */
/* A server that answers EHLO and STARTTLS with anything: the handshake never begins
 * while plain text is waiting, nothing goes out in the clear if TLS is a must, and the
 * report is pieces of a known letter and text, one of them about the message.
 *
 * Input: one byte (what is a must, what a handshake gives), then the server's
 * bytes. */
#include "smtp-peer.h"

#include "lib/net/tlsask.h"
#include "remote/secure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stralloc address = {0};
	struct dialogue d = {.helo = &address,
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

	sa_copys(&address, "s@example.org");
	smtp_peer_start(&d, data + 1, size - 1);
	smtp_peer_watch(watch);
	dialogue_run(&d);
	if (!secure.plain_wanted)
		smtp_peer_check(d.count);
	tlspolicy_free(&secure.policy);
	sa_free(&secure.accepted);
	sa_free(&address);
	return 0;
}
