/* SPDX-License-Identifier: 0BSD */
/* A whole SMTP session of any bytes: it ends, every reply is a line of its own, and
 * what reaches the queue is an envelope and a message without NUL in the addresses.
 *
 * Input: what the client sends. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "no-queue.h"
#include "smtp/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every reply is digits, a space or hyphen, printable text, CR LF. */
static void check_replies(int fd)
{
	char text[65536];
	ssize_t n = pread(fd, text, sizeof text, 0);
	ssize_t at = 0;

	while (at < n) {
		char *lf = memchr(text + at, '\n', (size_t)(n - at));

		if (!lf) {
			check(n == (ssize_t)sizeof text);
			return;
		}
		check(lf - text >= at + 5 && lf[-1] == '\r');
		for (int i = 0; i < 3; i++)
			check(text[at + i] >= '0' && text[at + i] <= '9');
		for (char *c = text + at + 3; c < lf - 1; c++)
			check(*c >= 32 && *c < 127);
		at = lf - text + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_session session = {.stage = SMTP_GOING};
	int in = memfd_create("client", MFD_CLOEXEC);
	int out = memfd_create("replies", MFD_CLOEXEC);
	int code;

	check(in >= 0 && out >= 0);
	check(write(in, data, size) == (ssize_t)size);
	check(lseek(in, 0, SEEK_SET) == 0);
	open_messages = 0;
	longest_address = 1002;
	client_from_env(&session.client);
	sa_copys(&session.policy.greeting, "fuzz.example");
	chat_init(&session.chat, in, out, 5);
	code = smtp_serve(&session);
	check(code == 0 || code == 1);
	check(open_messages == 0);
	check_replies(out);
	smtp_reset(&session);
	sa_free(&session.sender);
	sa_free(&session.recipients);
	sa_free(&session.addr);
	sa_free(&session.helo);
	sa_free(&session.chat.line);
	sa_free(&session.policy.greeting);
	close(in);
	close(out);
	return 0;
}
