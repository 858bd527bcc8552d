/* SPDX-License-Identifier: 0BSD */
/* What a sender or a recipient must pass. */
#include "lib/str/byte.h"
#include "smtp/address.h"
#include "smtp/rcpthosts.h"
#include "smtp/replies.h"
#include "smtp/session.h"

/* Not a check but the first step: all others shall see the address that will be
 * used. */
static const char *localize(struct smtp_session *session)
{
	const struct smtp_policy *policy = &session->policy;

	if (!policy->has_localiphost)
		return NULL;
	if (smtp_address_localize(&session->addr, &policy->localiphost) == 0)
		return NULL;
	smtp_fatal(session, SMTP_NO_ADDRESSES);
	return SMTP_NO_ADDRESSES;
}

static const char *fits(struct smtp_session *session)
{
	return session->addr.len > SMTP_ADDRESS_MAX ? SMTP_SYNTAX : NULL;
}

/* The recipients of a bad sender are refused, not MAIL itself: clients
 * understand that better. */
static const char *sender_is_welcome(struct smtp_session *session)
{
	const struct constmap *bad = &session->policy.badmailfrom;
	const struct stralloc *sender = &session->sender;
	slen at = byte_rfind(sender->s, sender->len, '@');

	if (constmap_find(bad, sender->s, sender->len))
		return SMTP_BAD_SENDER;
	if (at < sender->len &&
		constmap_find(bad, sender->s + at, sender->len - at))
		return SMTP_BAD_SENDER;
	return NULL;
}

static const char *may_relay(struct smtp_session *session)
{
	struct stralloc *addr = &session->addr;

	if (session->policy.relayclient) {
		sa_cats(addr, session->policy.relayclient);
		return NULL;
	}
	switch (rcpthosts_allow(addr->s, addr->len)) {
	case 1:
		return NULL;
	case 0:
		return SMTP_NO_RELAY;
	default:
		smtp_fatal(session, SMTP_NO_CONTROLS);
		return SMTP_NO_CONTROLS;
	}
}

smtp_check *const smtp_mail_checks[] = {
	localize,
	fits,
	NULL,
};

smtp_check *const smtp_rcpt_checks[] = {
	localize,
	fits,
	sender_is_welcome,
	may_relay,
	NULL,
};
