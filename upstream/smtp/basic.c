/* SPDX-License-Identifier: 0BSD */
/* The SMTP commands that carry no mail. */
#include <string.h>

#include "smtp/replies.h"
#include "smtp/session.h"

static void keyword_pipelining(
	struct smtp_session *session, struct stralloc *word)
{
	(void)session;
	sa_cats(word, "PIPELINING"); /* RFC 2197 */
}

static void keyword_8bitmime(
	struct smtp_session *session, struct stralloc *word)
{
	(void)session;
	sa_cats(word, "8BITMIME"); /* RFC 1652 */
}

static smtp_keyword *const keywords[] = {
	keyword_pipelining,
	keyword_8bitmime,
	NULL,
};

static void reply_with_name(struct smtp_session *session, const char *code)
{
	smtp_reply_start(session, code);
	outbuf_putsa(&session->chat.out, &session->policy.greeting);
	smtp_reply_end(session);
}

/* A greeting also ends the transaction (RFC 1869 section 4.2). */
static void take_name(struct smtp_session *session, const char *name)
{
	sa_copys(&session->helo, name);
	sa_0(&session->helo);
	session->has_helo = 1;
	smtp_reset(session);
}

static void do_helo(struct smtp_session *session, char *arg)
{
	reply_with_name(session, SMTP_HELLO);
	take_name(session, arg);
}

/* Puts one line of a reply of several: the last has a space after its code. */
static void put_line(
	struct smtp_session *session, const struct stralloc *text, int last)
{
	smtp_reply_start(session, last ? "250 " : "250-");
	outbuf_putsa(&session->chat.out, text);
	smtp_reply_end(session);
}

static void do_ehlo(struct smtp_session *session, char *arg)
{
	struct stralloc now = {0};
	struct stralloc next = {0};

	take_name(session, arg);
	sa_copy(&now, &session->policy.greeting);
	for (size_t i = 0; keywords[i]; i++) {
		sa_clear(&next);
		keywords[i](session, &next);
		if (!next.len)
			continue;
		put_line(session, &now, 0);
		sa_copy(&now, &next);
	}
	put_line(session, &now, 1);
	sa_free(&now);
	sa_free(&next);
}

static void do_rset(struct smtp_session *session, char *arg)
{
	(void)arg;
	smtp_reset(session);
	smtp_reply(session, SMTP_FLUSHED);
}

static void do_noop(struct smtp_session *session, char *arg)
{
	(void)arg;
	smtp_reply(session, SMTP_OK);
}

static void do_vrfy(struct smtp_session *session, char *arg)
{
	(void)arg;
	smtp_reply(session, SMTP_VRFY);
}

static void do_help(struct smtp_session *session, char *arg)
{
	(void)arg;
	smtp_reply(session, SMTP_HELP);
}

static void do_quit(struct smtp_session *session, char *arg)
{
	(void)arg;
	reply_with_name(session, SMTP_CLOSING);
	session->stage = SMTP_QUIT;
}

const struct smtp_command smtp_basic_commands[] = {
	{"helo", do_helo},
	{"ehlo", do_ehlo},
	{"rset", do_rset},
	{"noop", do_noop},
	{"vrfy", do_vrfy},
	{"help", do_help},
	{"quit", do_quit},
	{NULL, NULL},
};
