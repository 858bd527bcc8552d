/* SPDX-License-Identifier: 0BSD */
/* MAIL and RCPT: the envelope of a message that comes by SMTP. */
#include "smtp/address.h"
#include "smtp/replies.h"
#include "smtp/session.h"

/* Reads the address in arg and puts it to the checks. Returns whether the
 * command may go on; if not, the client has been told. */
static int address_passes(struct smtp_session *session, const char *arg,
	smtp_check *const *checks)
{
	const char *refusal;

	smtp_address_parse(&session->addr, arg);
	refusal = smtp_run_checks(session, checks);
	if (refusal && session->stage == SMTP_GOING)
		smtp_reply(session, refusal);
	return !refusal;
}

static void do_mail(struct smtp_session *session, char *arg)
{
	if (!address_passes(session, arg, smtp_mail_checks))
		return;
	smtp_reset(session);
	sa_copy(&session->sender, &session->addr);
	session->has_sender = 1;
	smtp_reply(session, SMTP_OK);
}

static void do_rcpt(struct smtp_session *session, char *arg)
{
	if (!session->has_sender) {
		smtp_reply(session, SMTP_MAIL_FIRST);
		return;
	}
	if (!address_passes(session, arg, smtp_rcpt_checks))
		return;
	sa_cat(&session->recipients, &session->addr);
	sa_0(&session->recipients);
	smtp_reply(session, SMTP_OK);
}

const struct smtp_command smtp_mail_commands[] = {
	{"mail", do_mail},
	{"rcpt", do_rcpt},
	{NULL, NULL},
};
