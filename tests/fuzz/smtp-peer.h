/* SPDX-License-Identifier: 0BSD */
/* An SMTP server in memory that says any bytes, and the report on the session with
 * it. */
#ifndef FUZZ_SMTP_PEER_H
#define FUZZ_SMTP_PEER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "remote/dialogue.h"

static struct {
	const char *bytes; /* what the server has not said yet */
	size_t left;
	struct inbuf in;
	struct inbuf message;
	struct outbuf out;
	struct outbuf report;
	char mem[4][128];
	struct stralloc reported;
} smtp_peer;

static inline ssize_t smtp_peer_says(int fd, void *to, size_t n)
{
	(void)fd;
	n = n < smtp_peer.left ? n : smtp_peer.left;
	memcpy(to, smtp_peer.bytes, n);
	smtp_peer.bytes += n;
	smtp_peer.left -= n;
	return (ssize_t)n;
}

static inline ssize_t smtp_peer_hears(int fd, const void *from, size_t n)
{
	(void)fd;
	(void)from;
	return (ssize_t)n;
}

static inline ssize_t smtp_peer_empty(int fd, void *to, size_t n)
{
	(void)fd;
	(void)to;
	(void)n;
	return 0;
}

static inline ssize_t smtp_peer_keeps(int fd, const void *from, size_t n)
{
	(void)fd;
	sa_catb(&smtp_peer.reported, from, (slen)n);
	return (ssize_t)n;
}

static inline void smtp_peer_message(inbuf_op *op)
{
	inbuf_init(&smtp_peer.message, op, -1, smtp_peer.mem[1],
		sizeof smtp_peer.mem[1]);
}

static inline void smtp_peer_watch(outbuf_op *op)
{
	outbuf_init(&smtp_peer.out, op, -1, smtp_peer.mem[2],
		sizeof smtp_peer.mem[2]);
}

/* Connects the dialogue with a server that says these bytes; the message is
 * empty, and what the server is told is of no interest, unless the two above say
 * otherwise after that. */
static inline void smtp_peer_start(
	struct dialogue *d, const uint8_t *data, size_t size)
{
	smtp_peer.bytes = (const char *)data;
	smtp_peer.left = size;
	sa_clear(&smtp_peer.reported);
	inbuf_init(&smtp_peer.in, smtp_peer_says, -1, smtp_peer.mem[0],
		sizeof smtp_peer.mem[0]);
	smtp_peer_message(smtp_peer_empty);
	smtp_peer_watch(smtp_peer_hears);
	outbuf_init(&smtp_peer.report, smtp_peer_keeps, -1, smtp_peer.mem[3],
		sizeof smtp_peer.mem[3]);
	d->in = &smtp_peer.in;
	d->message = &smtp_peer.message;
	d->out = &smtp_peer.out;
	d->report = &smtp_peer.report;
	d->peer = "192.0.2.1";
}

/* The report is pieces of a known letter and text, the last of them, and only
 * that, about the message; at most one for each recipient before it. */
static inline void smtp_peer_check(slen recipients)
{
	const struct stralloc *said = &smtp_peer.reported;
	slen at = 0;
	slen pieces = 0;
	int last = 0;

	outbuf_flush(&smtp_peer.report);
	while (at < said->len) {
		const char *piece = said->s + at;
		const char *end = memchr(piece, '\0', said->len - at);

		if (!end || end == piece || strchr("KZD", last ? last : 'x') ||
			!strchr("rhsKZD", *piece))
			abort();
		last = *piece;
		at += (slen)(end - piece) + 1;
		pieces++;
	}
	if (!last || !strchr("KZD", last) || pieces > recipients + 1)
		abort();
}

#endif
