/* SPDX-License-Identifier: 0BSD */
/* A whole QMTP session of any bytes: it ends with one of its exit codes, every
 * reply is a netstring, and no address that is too long reaches the queue.
 *
 * Input: a byte of settings (1: RELAYCLIENT, 2: with a suffix, 4: a size limit),
 * then what the client sends. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "client.h"
#include "netstring-replies.h"
#include "no-queue.h"
#include "scratch.h"
#include "smtp/qmtp.h"
#include "smtp/rcpthosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* So that some domains may be sent to, and others not. */
static void read_domains(void)
{
	static const char domains[] = "ok.example\n.sub.example\n";
	int fd;

	if (!scratch_enter()) {
		scratch_leave();
		return;
	}
	check(mkdir("control", 0700) == 0);
	fd = open("control/rcpthosts", O_WRONLY | O_CREAT, 0600);
	check(fd >= 0 && write(fd, domains, sizeof domains - 1) > 0);
	close(fd);
	check(rcpthosts_read() == 0);
	scratch_leave();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmtp_session session = {.databytes = 0};
	char replies[65536];
	size_t n;
	int settings = size ? data[0] : 0;
	int in = client_file(data + !!size, size - !!size);
	int out = client_file(NULL, 0);
	int code;

	read_domains();
	open_messages = 0;
	client_from_env(&session.client);
	if (settings & 1)
		session.relayclient = settings & 2 ? "@suffix" : "";
	session.databytes = settings & 4 ? 5 : 0;
	chat_init(&session.chat, in, out, 5);
	session.in.chat = &session.chat;
	code = qmtp_serve(&session);
	check(code == 0 || code == 100 || code == 111);
	check(open_messages == 0);
	n = client_got(out, replies, sizeof replies);
	replies_count(replies, n, n == sizeof replies);
	sa_free(&session.addr);
	close(in);
	close(out);
	return 0;
}
