/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-qmqpd. */
#include "smtp/qmqp.h"

#include <string.h>

#include "lib/mail/submit.h"

enum {
	ADDRESS_MAX = 999,
	DIGITS_MAX = 100, /* bytes of the first length, with its colon */
	PATIENCE = 3600   /* seconds; the program's own alarm ends it then */
};

static const char bad_address[] =
	"Dsorry, I can't accept addresses like that (#5.1.3)";

void qmqp_open(struct qmqp_session *session, int in, int out)
{
	*session = (struct qmqp_session){0};
	chat_init(&session->chat, in, out, PATIENCE);
	session->in.chat = &session->chat;
	client_from_env(&session->client);
}

static int take_message(
	struct qmqp_session *session, struct submit *queue, uint64_t length)
{
	struct stralloc field = {0};
	const char *from;

	client_received(&field, &session->client, "QMQP", NULL, time(NULL));
	submit_put(queue, field.s, field.len);
	sa_free(&field);
	while (length) {
		size_t n = netstring_piece(&session->in, length, &from);

		if (!n)
			return -1;
		length -= n;
		submit_put(queue, from, n);
	}
	return netstring_comma(&session->in);
}

/* Reads one address. One that cannot be taken becomes empty, and *fit 0. */
static int take_address(struct netstrings *in, struct stralloc *addr, int *fit)
{
	uint64_t length;
	int whole;

	if (netstring_length(in, &length) < 0)
		return -1;
	whole = netstring_text(in, length, ADDRESS_MAX, addr);
	if (!whole)
		*fit = 0;
	return whole < 0 ? -1 : netstring_comma(in);
}

static int take_envelope(
	struct qmqp_session *session, struct submit *queue, int *fit)
{
	struct stralloc addr = {0};
	int got = take_address(&session->in, &addr, fit);

	if (got == 0)
		submit_from(queue, sa_cstr(&addr));
	while (got == 0 && session->in.left) {
		got = take_address(&session->in, &addr, fit);
		if (got == 0)
			submit_to(queue, sa_cstr(&addr));
	}
	sa_free(&addr);
	return got;
}

static void answer(
	struct qmqp_session *session, const char *verdict, unsigned long qp)
{
	struct stralloc text = {0};

	sa_copys(&text, verdict);
	if (!*verdict) {
		sa_cats(&text, "Kok ");
		sa_catnum(&text, (unsigned long)time(NULL));
		sa_cats(&text, " qp ");
		sa_catnum(&text, qp);
	}
	netstring_put(&session->chat.out, text.s, text.len);
	outbuf_flush(&session->chat.out);
	sa_free(&text);
}

/* All that lies in the outer netstring, and the comma behind it. */
static void take_mail(struct qmqp_session *session, uint64_t length)
{
	struct netstrings *in = &session->in;
	struct submit queue;
	const char *verdict;
	int fit = 1;

	if (submit_open(&queue) < 0) {
		netstring_fail(in, NETSTRING_TROUBLE);
		return;
	}
	if (take_message(session, &queue, length) == 0 &&
		take_envelope(session, &queue, &fit) == 0) {
		in->left = NETSTRING_UNBOUND;
		netstring_comma(in);
	}
	if (!fit || in->fault != NETSTRING_FINE)
		submit_fail(&queue);
	verdict = submit_close(&queue);
	if (in->fault == NETSTRING_FINE)
		answer(session, fit ? verdict : bad_address, submit_qp(&queue));
}

int qmqp_serve(struct qmqp_session *session)
{
	struct netstrings *in = &session->in;
	uint64_t length;

	in->left = DIGITS_MAX;
	if (netstring_length(in, &length) == 0) {
		in->left = length;
		if (netstring_length(in, &length) == 0)
			take_mail(session, length);
	}
	return netstring_exit(in->fault);
}
