/* SPDX-License-Identifier: 0BSD */
/* An SMTP server that answers anything: the session ends, and the report is pieces of
 * a known letter and text, the last of them about the message.
 *
 * Input: one byte (its low bits set recipients and message), then the server's
 * bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "remote/dialogue.h"

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

static const char *message;

static ssize_t read_message(int fd, void *to, size_t n)
{
	size_t len = strlen(message);

	(void)fd;
	n = n < len ? n : len;
	memcpy(to, message, n);
	message += n;
	return (ssize_t)n;
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

static void check_report(slen recipients)
{
	slen at = 0;
	slen pieces = 0;
	int last = 0;

	while (at < reported.len) {
		const char *piece = reported.s + at;
		const char *end = memchr(piece, '\0', reported.len - at);

		if (!end || end == piece || strchr("KZD", last ? last : 'x'))
			abort();
		last = *piece;
		if (!strchr("rhsKZD", last))
			abort();
		at += (slen)(end - piece) + 1;
		pieces++;
	}
	if (!last || !strchr("KZD", last) || pieces > recipients + 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const messages[] = {
		"", "a\n.b\n..\n\r\n", "part", "From: x\n\nline\n"};
	struct stralloc to[3] = {{0}};
	struct stralloc from = {0};
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
		.helo = &from,
		.sender = &from,
		.recipients = to};

	if (!size)
		return 0;
	server = (const char *)data + 1;
	server_left = size - 1;
	message = messages[data[0] >> 2 & 3];
	d.count = 1 + data[0] % 3;
	sa_copys(&from, "s@example.org");
	for (int i = 0; i < 3; i++)
		sa_copys(&to[i], "r@example.net");
	sa_clear(&reported);
	inbuf_init(&in, server_says, -1, mem[0], sizeof mem[0]);
	inbuf_init(&mess, read_message, -1, mem[1], sizeof mem[1]);
	outbuf_init(&out, swallow, -1, mem[2], sizeof mem[2]);
	outbuf_init(&report, keep_report, -1, mem[3], sizeof mem[3]);
	dialogue_run(&d);
	outbuf_flush(&report);
	check_report(d.count);
	for (int i = 0; i < 3; i++)
		sa_free(&to[i]);
	sa_free(&from);
	return 0;
}
