/* SPDX-License-Identifier: 0BSD */
/* The client side of QMQP. */
#include "smtp/qmqpc.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/chat.h"
#include "lib/io/copy.h"
#include "lib/io/fd.h"
#include "lib/mail/submit-verdict.h"
#include "lib/net/connect.h"
#include "lib/str/fmt.h"
#include "smtp/netstring.h"
#include "smtp/qmqp.h"

enum {
	CONNECT_PATIENCE = 10, /* seconds */
	ANSWER_PATIENCE = 60   /* for each read and each write */
};

/* Appends the address in a record, which begins with a letter and ends with
 * NUL. */
static void cat_address(struct stralloc *out, const struct stralloc *record)
{
	sa_catnum(out, record->len - 2);
	sa_catc(out, ':');
	sa_catb(out, record->s + 1, record->len - 2);
	sa_catc(out, ',');
}

/* Reads the record of the sender, those of recipients, and the empty one
 * behind. */
static int read_envelope(struct stralloc *out, struct inbuf *in)
{
	struct stralloc record = {0};
	char letter = 'F';
	int code = QUEUE_BAD_ENVELOPE;
	int got;

	while ((got = inbuf_line(in, &record, '\0')) == 1) {
		if (letter == 'T' && record.len == 1)
			break;
		if (record.len < 2 || record.s[0] != letter)
			break;
		cat_address(out, &record);
		letter = 'T';
	}
	if (got < 0)
		code = QUEUE_READ_ERROR;
	else if (got == 1 && letter == 'T' && record.len == 1)
		code = 0;
	sa_free(&record);
	return code;
}

int qmqpc_read(struct qmqpc_mail *mail, int message, int envelope)
{
	struct inbuf in;
	char mem[1024];

	if (copy_fd(&mail->message, message) < 0)
		return QUEUE_READ_ERROR;
	inbuf_init(&in, fd_read, envelope, mem, sizeof mem);
	return read_envelope(&mail->envelope, &in);
}

static int meaning(char letter)
{
	switch (letter) {
	case 'K':
		return 0;
	case 'Z':
		return QUEUE_DEFERRED;
	case 'D':
		return QUEUE_REJECTED;
	default:
		return -1;
	}
}

/* The first byte that is one of the three letters decides, wherever it
 * stands. */
static int read_answer(struct chat *chat)
{
	char c;
	int code = -1;

	while (code < 0) {
		if (chat_fill(chat) <= 0 || inbuf_byte(&chat->in, &c) != 1)
			return QUEUE_NET_BROKEN;
		code = meaning(c);
	}
	return code;
}

int qmqpc_send(const struct qmqpc_mail *mail, const struct ip_addr *server)
{
	static struct chat chat;
	struct outbuf *out = &chat.out;
	char digits[FMT_ULONG];
	unsigned long inner = (unsigned long)mail->message.len + 2 +
		fmt_ulong(digits, mail->message.len);
	int fd = net_connect(NULL, server, QMQP_PORT, CONNECT_PATIENCE);
	int code;

	if (fd < 0)
		return -1;
	chat_init(&chat, fd, fd, ANSWER_PATIENCE);
	outbuf_putnum(out, inner + mail->envelope.len);
	outbuf_putc(out, ':');
	netstring_put(out, mail->message.s, mail->message.len);
	outbuf_putsa(out, &mail->envelope);
	outbuf_putc(out, ',');
	code = read_answer(&chat);
	close(fd);
	return code;
}

int qmqpc_deliver(const struct qmqpc_mail *mail, const struct stralloc *servers)
{
	struct ip_addr ip;
	int last = QUEUE_NO_CONFIG;

	for (slen at = 0; at < servers->len;
		at += (slen)strlen(servers->s + at) + 1) {
		int code;

		if (!ip_scan(servers->s + at, &ip))
			continue;
		code = qmqpc_send(mail, &ip);
		if (code >= 0)
			return code;
		last = errno == ETIMEDOUT ? QUEUE_NET_TIMEOUT
					  : QUEUE_NET_REFUSED;
	}
	return last;
}
