/* SPDX-License-Identifier: 0BSD */
/* DATA: a message that comes by SMTP goes to the queue. */
#include <string.h>

#include "lib/str/case.h"
#include "smtp/body.h"
#include "smtp/hops.h"
#include "smtp/replies.h"
#include "smtp/session.h"
#include "smtp/sized.h"

/* A message on its way from the client to the queue. */
struct transfer {
	struct sized_submit out;
	struct smtp_body body;
	struct smtp_hops hops;
};

static void pass_on(void *to, const char *from, size_t n)
{
	sized_put(to, from, n);
}

/* The HELO name is news only if it is not the host's known name. */
static const char *name_to_show(const struct smtp_session *session)
{
	if (!session->has_helo ||
		case_eqs(session->helo.s, session->client.host))
		return NULL;
	return session->helo.s;
}

static void put_received(struct smtp_session *session, struct submit *queue)
{
	struct stralloc field = {0};

	client_received(&field, &session->client, "SMTP", name_to_show(session),
		time(NULL));
	submit_put(queue, field.s, field.len);
	sa_free(&field);
}

/* Reads the message to its end. Returns 0; -1 if the session has ended
 * instead. */
static int take_body(struct smtp_session *session, struct transfer *transfer)
{
	struct inbuf *in = &session->chat.in;

	while (transfer->body.state != BODY_END) {
		ssize_t got = chat_fill(&session->chat);
		const char *from = in->mem + in->at;
		size_t used;

		if (got <= 0) {
			smtp_lost(session, got);
			return -1;
		}
		used = smtp_body_decode(&transfer->body, from, (size_t)got);
		smtp_hops_scan(&transfer->hops, from, used);
		in->at += used;
		if (transfer->body.state == BODY_BARE_LF) {
			smtp_fatal(session, SMTP_BARE_LF);
			return -1;
		}
	}
	return 0;
}

static void put_envelope(struct smtp_session *session, struct submit *queue)
{
	const struct stralloc *list = &session->recipients;

	submit_from(queue, sa_cstr(&session->sender));
	for (slen at = 0; at < list->len; at += (slen)strlen(list->s + at) + 1)
		submit_to(queue, list->s + at);
}

static void reply_queued(struct smtp_session *session, unsigned long qp)
{
	struct outbuf *out = &session->chat.out;

	smtp_reply_start(session, SMTP_QUEUED);
	outbuf_putnum(out, (unsigned long)time(NULL));
	outbuf_puts(out, " qp ");
	outbuf_putnum(out, qp);
	smtp_reply_end(session);
}

/* Tells the client what became of a message that was read to its end. */
static void conclude(struct smtp_session *session, struct transfer *transfer)
{
	struct submit *queue = &transfer->out.queue;
	int looping = smtp_hops_exceeded(&transfer->hops);
	const char *verdict;

	if (looping)
		submit_fail(queue);
	put_envelope(session, queue);
	verdict = submit_close(queue);
	if (looping) {
		smtp_reply(session, SMTP_LOOPING);
	} else if (transfer->out.too_big) {
		smtp_reply(session, SMTP_TOO_BIG);
	} else if (!*verdict) {
		reply_queued(session, submit_qp(queue));
	} else {
		smtp_reply_start(session,
			*verdict == 'D' ? SMTP_REJECTED : SMTP_DEFERRED);
		smtp_reply(session, verdict + 1);
	}
}

static void transfer_message(struct smtp_session *session)
{
	struct transfer transfer = {
		.body = {.put = pass_on, .to = &transfer.out},
	};

	if (sized_open(&transfer.out, session->policy.databytes) < 0) {
		smtp_reply(session, SMTP_NO_QUEUE);
		return;
	}
	smtp_reply(session, SMTP_GO_AHEAD);
	put_received(session, &transfer.out.queue);
	if (take_body(session, &transfer) == 0) {
		conclude(session, &transfer);
	} else {
		submit_fail(&transfer.out.queue);
		submit_close(&transfer.out.queue);
	}
}

static void do_data(struct smtp_session *session, char *arg)
{
	(void)arg;
	if (!session->has_sender) {
		smtp_reply(session, SMTP_MAIL_FIRST);
	} else if (!session->recipients.len) {
		smtp_reply(session, SMTP_RCPT_FIRST);
	} else {
		transfer_message(session);
		smtp_reset(session);
	}
}

const struct smtp_command smtp_data_commands[] = {
	{"data", do_data},
	{NULL, NULL},
};
