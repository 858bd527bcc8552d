/* SPDX-License-Identifier: 0BSD */
/* An SMTP server that answers anything: the session ends, and the report is pieces of
 * a known letter and text, the last of them about the message.
 *
 * Input: one byte (its low bits set recipients and message), then the server's
 * bytes. */
#include "smtp-peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const messages[] = {
		"", "a\n.b\n..\n\r\n", "part", "From: x\n\nline\n"};
	struct stralloc to[3] = {{0}};
	struct stralloc from = {0};
	struct dialogue d = {.helo = &from, .sender = &from, .recipients = to};

	if (!size)
		return 0;
	message = messages[data[0] >> 2 & 3];
	d.count = 1 + data[0] % 3;
	sa_copys(&from, "s@example.org");
	for (int i = 0; i < 3; i++)
		sa_copys(&to[i], "r@example.net");
	smtp_peer_start(&d, data + 1, size - 1);
	smtp_peer_message(read_message);
	dialogue_run(&d);
	smtp_peer_check(d.count);
	for (int i = 0; i < 3; i++)
		sa_free(&to[i]);
	sa_free(&from);
	return 0;
}
