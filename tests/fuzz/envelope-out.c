/* SPDX-License-Identifier: 0BSD */
/* Addresses of any bytes on their way to an SMTP server: what goes out before the
 * message is one line a command, in the order HELO, MAIL, RCPT..., DATA, and no more
 * commands than there are addresses.
 *
 * Input: a sender and up to three recipients, a NUL between them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/quote.h"
#include "remote/dialogue.h"
#include "remote/unsendable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECIPIENTS = 3 };

static const char *server;
static struct stralloc went;
static struct stralloc reported;

static ssize_t server_says(int fd, void *to, size_t n)
{
	size_t len = strlen(server);

	(void)fd;
	n = n < len ? n : len;
	memcpy(to, server, n);
	server += n;
	return (ssize_t)n;
}

static ssize_t nothing(int fd, void *to, size_t n)
{
	(void)fd;
	(void)to;
	(void)n;
	return 0;
}

static ssize_t keep(int fd, const void *from, size_t n)
{
	(void)fd;
	sa_catb(&went, from, (slen)n);
	return (ssize_t)n;
}

static ssize_t keep_report(int fd, const void *from, size_t n)
{
	(void)fd;
	sa_catb(&reported, from, (slen)n);
	return (ssize_t)n;
}

/* Each line ends with CR LF and holds neither CR nor LF before; the verbs come in
 * this order, RCPT as often as it likes up to count. */
static void check_lines(slen count)
{
	static const char *const verbs[] = {
		"HELO me\r\n", "MAIL FROM:<", "RCPT TO:<", "DATA\r\n"};
	const char *at = went.s;
	const char *end = went.s + went.len;
	size_t verb = 0;
	slen recipients = 0;

	while (at < end && memcmp(at, ".\r\n", 3) != 0 &&
		memcmp(at, "QUIT", 4) != 0) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		if (!lf || lf == at || lf[-1] != '\r' ||
			memchr(at, '\r', (size_t)(lf - 1 - at)))
			abort();
		if (verb < 3 && strncmp(at, verbs[verb], strlen(verbs[verb])))
			verb++; /* the recipients are over */
		if (strncmp(at, verbs[verb], strlen(verbs[verb])) != 0)
			abort();
		recipients += verb == 2;
		verb += verb < 2;
		at = lf + 1;
	}
	if (recipients > count)
		abort();
}

static void send_all(char **word, slen count)
{
	struct stralloc to[RECIPIENTS] = {{0}};
	struct stralloc from = {0};
	struct stralloc helo = {0};
	struct inbuf in;
	struct inbuf mess;
	struct outbuf out;
	struct outbuf report;
	char mem[4][128];
	struct dialogue d = {.in = &in, .out = &out, .message = &mess,
		.report = &report, .peer = "192.0.2.1", .helo = &helo,
		.sender = &from, .recipients = to, .count = count};

	server = "220 x\r\n250 x\r\n250 x\r\n250 x\r\n250 x\r\n250 x\r\n250 x\r\n";
	sa_copys(&helo, "me");
	quote_addr(&from, word[0]);
	for (slen i = 0; i < count; i++)
		quote_addr(&to[i], word[1 + i]);
	inbuf_init(&in, server_says, -1, mem[0], sizeof mem[0]);
	inbuf_init(&mess, nothing, -1, mem[1], sizeof mem[1]);
	outbuf_init(&out, keep, -1, mem[2], sizeof mem[2]);
	outbuf_init(&report, keep_report, -1, mem[3], sizeof mem[3]);
	dialogue_run(&d);
	outbuf_flush(&out);
	for (slen i = 0; i < RECIPIENTS; i++)
		sa_free(&to[i]);
	sa_free(&from);
	sa_free(&helo);
	check_lines(count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char *word[RECIPIENTS + 2] = {0};
	slen words = 0;
	struct outbuf report;
	char mem[128];
	struct transfer job = {.report = &report};

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0; at <= size && words < RECIPIENTS + 1;
		at += strlen(text + at) + 1)
		word[words++] = text + at;
	sa_clear(&went);
	sa_clear(&reported);
	outbuf_init(&report, keep_report, -1, mem, sizeof mem);
	job.sender = word[0];
	job.recipients = word + 1;
	if (words > 1 && !unsendable(&job))
		send_all(word, words - 1);
	outbuf_flush(&report);
	free(text);
	return 0;
}
