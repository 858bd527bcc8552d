/* SPDX-License-Identifier: 0BSD */
/* What a patch might add to the SMTP session: something for every table. */
#include "lib/str/case.h"
#include "smtp/session.h"

static int bytes_seen;

static void do_xtest(struct smtp_session *session, char *arg)
{
	smtp_reply_start(session, "250 xtest ");
	smtp_reply_start(session, arg);
	smtp_reply_end(session);
}

static void do_second(struct smtp_session *session, char *arg)
{
	(void)arg;
	smtp_reply(session, "250 the second table");
}

const struct smtp_command extra_commands[] = {
	{"xtest", do_xtest},
	{NULL, NULL},
};

/* Stands behind the others: the first command of a name counts. */
const struct smtp_command extra_late_commands[] = {
	{"xtest", do_second},
	{"noop", do_second},
	{"xlate", do_second},
	{NULL, NULL},
};

void extra_keyword_first(struct smtp_session *session, struct stralloc *word)
{
	(void)session;
	sa_cats(word, "XFIRST");
}

void extra_keyword_last(struct smtp_session *session, struct stralloc *word)
{
	if (session->has_helo)
		sa_cats(word, "XLAST");
}

const char *extra_start(struct smtp_session *session)
{
	return case_eqs(session->client.ip, "192.0.2.1") ? "554 not you" : NULL;
}

const char *extra_command(struct smtp_session *session)
{
	if (case_eqs(session->verb, "help") && *session->arg)
		return "501 no help with that";
	return NULL;
}

static int is(const struct smtp_session *session, const char *text)
{
	return case_starts(session->addr.s, session->addr.len, text);
}

const char *extra_sender(struct smtp_session *session)
{
	return is(session, "bad") ? "553 bad sender" : NULL;
}

/* Before the check of the domain. */
const char *extra_rcpt_early(struct smtp_session *session)
{
	return is(session, "early") ? "553 early" : NULL;
}

/* After it. */
const char *extra_rcpt_late(struct smtp_session *session)
{
	return is(session, "late") ? "553 late" : NULL;
}

const char *extra_data(struct smtp_session *session)
{
	bytes_seen = 0;
	return case_eqs(session->arg, "no") ? "554 no data" : NULL;
}

int extra_watch(struct smtp_session *session, const char *from, size_t n)
{
	(void)session;
	(void)from;
	bytes_seen += (int)n;
	return bytes_seen > 1000;
}

const char *extra_message(struct smtp_session *session)
{
	(void)session;
	return bytes_seen > 1000 ? "554 too much for me" : NULL;
}

void extra_field(struct smtp_session *session, struct stralloc *fields)
{
	(void)session;
	sa_cats(fields, "X-Extra: yes\n");
}
