/* SPDX-License-Identifier: 0BSD */
/* The SMTP session: its start, its end, and the way from a line to a
 * command. */
#include "smtp/session.h"

#include <errno.h>
#include <unistd.h>

#include "lib/mail/home.h"
#include "lib/str/alloc.h"
#include "lib/str/case.h"
#include "smtp/replies.h"

static const struct smtp_command *const tables[] = {
	smtp_basic_commands,
	smtp_mail_commands,
	smtp_data_commands,
	NULL,
};

static struct smtp_session *serving;

static void no_memory(void)
{
	smtp_fatal(serving, SMTP_NO_MEMORY);
	outbuf_flush(&serving->chat.out);
	_exit(1);
}

void smtp_reply_start(struct smtp_session *session, const char *text)
{
	outbuf_puts(&session->chat.out, text);
}

void smtp_reply_end(struct smtp_session *session)
{
	outbuf_puts(&session->chat.out, "\r\n");
}

void smtp_reply(struct smtp_session *session, const char *reply)
{
	smtp_reply_start(session, reply);
	smtp_reply_end(session);
}

void smtp_fatal(struct smtp_session *session, const char *reply)
{
	smtp_reply(session, reply);
	session->stage = SMTP_BROKEN;
}

void smtp_lost(struct smtp_session *session, ssize_t got)
{
	if (got < 0 && errno == ETIMEDOUT)
		smtp_reply(session, SMTP_TIMEOUT);
	session->stage = SMTP_BROKEN;
}

void smtp_reset(struct smtp_session *session)
{
	session->has_sender = 0;
	sa_clear(&session->sender);
	sa_clear(&session->recipients);
}

const char *smtp_run_checks(
	struct smtp_session *session, smtp_check *const *checks)
{
	const char *refusal = NULL;

	for (; *checks && !refusal; checks++)
		refusal = (*checks)(session);
	return refusal;
}

int smtp_open(struct smtp_session *session, int in, int out)
{
	*session = (struct smtp_session){.stage = SMTP_GOING};
	chat_init(&session->chat, in, out, 1);
	serving = session;
	alloc_failed = no_memory;
	client_from_env(&session->client);
	if (chdir(qmail_home) < 0 || smtp_policy_read(&session->policy) < 0) {
		smtp_fatal(session, SMTP_NO_CONTROLS);
		outbuf_flush(&session->chat.out);
		return -1;
	}
	chat_init(&session->chat, in, out, session->policy.timeout);
	return 0;
}

static void run(struct smtp_session *session, const char *verb, char *arg)
{
	for (size_t i = 0; tables[i]; i++) {
		for (const struct smtp_command *c = tables[i]; c->verb; c++) {
			if (case_eqs(c->verb, verb)) {
				c->run(session, arg);
				return;
			}
		}
	}
	smtp_reply(session, SMTP_UNIMPLEMENTED);
}

int smtp_serve(struct smtp_session *session)
{
	struct chat *chat = &session->chat;
	char *verb;
	char *arg;

	smtp_reply_start(session, SMTP_READY);
	outbuf_putsa(&chat->out, &session->policy.greeting);
	smtp_reply(session, SMTP_READY_END);
	while (session->stage == SMTP_GOING) {
		int got = chat_command(chat, &verb, &arg);

		if (got > 0)
			run(session, verb, arg);
		else
			smtp_lost(session, got);
	}
	outbuf_flush(&chat->out);
	return session->stage == SMTP_QUIT ? 0 : 1;
}
