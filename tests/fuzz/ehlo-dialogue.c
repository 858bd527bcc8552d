/* SPDX-License-Identifier: 0BSD */
/* A server that answers EHLO with anything: the session ends, the report is pieces of a
 * known letter and text, and what is offered lies within the reply.
 *
 * Input: the server's bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "remote/dialogue.h"
#include "remote/offers.h"

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

static ssize_t swallow(int fd, const void *from, size_t n)
{
	(void)fd;
	(void)from;
	return (ssize_t)n;
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

/* The bytes themselves as a reply to EHLO. */
static void check_offers(const uint8_t *data, size_t size)
{
	static const char *const words[] = {"STARTTLS", "SIZE", "X"};
	struct stralloc text = {0};
	struct stralloc rest = {0};

	sa_copyb(&text, data, (slen)size);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		sa_clear(&rest);
		if (remote_offers(&text, words[i], &rest) &&
			(rest.len + strlen(words[i]) + 4 > text.len ||
				memchr(rest.s ? rest.s : "", '\n', rest.len)))
			abort();
	}
	sa_free(&text);
	sa_free(&rest);
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

	server = (const char *)data;
	server_left = size;
	sa_copys(&address, "s@example.org");
	sa_clear(&reported);
	inbuf_init(&in, server_says, -1, mem[0], sizeof mem[0]);
	inbuf_init(&mess, no_message, -1, mem[1], sizeof mem[1]);
	outbuf_init(&out, swallow, -1, mem[2], sizeof mem[2]);
	outbuf_init(&report, keep_report, -1, mem[3], sizeof mem[3]);
	dialogue_run(&d);
	outbuf_flush(&report);
	check_report();
	check_offers(data, size);
	sa_free(&address);
	return 0;
}
