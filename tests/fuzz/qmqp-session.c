/* SPDX-License-Identifier: 0BSD */
/* A whole QMQP session of any bytes: it ends with one of its exit codes, with
 * one reply or none, and no address that is too long reaches the queue.
 *
 * Input: what the client sends. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "netstring-replies.h"
#include "no-queue.h"
#include "smtp/qmqp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmqp_session session;
	char replies[1024];
	size_t n;
	int in = client_file(data, size);
	int out = client_file(NULL, 0);
	int code;

	open_messages = 0;
	qmqp_open(&session, in, out);
	code = qmqp_serve(&session);
	check(code == 0 || code == 100 || code == 111);
	check(open_messages == 0);
	n = client_got(out, replies, sizeof replies);
	check(replies_count(replies, n, 0) <= (code == 0));
	sa_free(&session.chat.line);
	close(in);
	close(out);
	return 0;
}
