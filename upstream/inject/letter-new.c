/* SPDX-License-Identifier: 0BSD */
/* What a letter lacks: its sender, and fields that every message has. */
#include "inject/letter-fields.h"

#include <string.h>

#include "lib/mail/date.h"
#include "lib/mail/quote.h"

int letter_default_sender(struct letter *letter)
{
	struct stralloc suffix = {0};
	struct stralloc field = {0};
	struct stralloc unused = {0};
	int r;

	if (letter->per_message) {
		sa_catc(&suffix, '-');
		sa_catnum(&suffix, (unsigned long)letter->now);
		sa_catc(&suffix, '.');
		sa_catnum(&suffix, letter->pid);
	}
	if (letter->per_recipient)
		sa_catc(&suffix, '-');
	identity_return_path(&field, letter->identity, sa_cstr(&suffix));
	r = letter_address_field(letter, &field, USE_SENDER, &unused);
	sa_free(&suffix);
	sa_free(&field);
	sa_free(&unused);
	return r;
}

/* Appends the default From field, whose name may get a prefix. */
static int add_from(
	struct letter *letter, const char *prefix, struct stralloc *out)
{
	struct stralloc field = {0};
	struct stralloc rewritten = {0};
	int r;

	identity_from(&field, letter->identity, letter->name_as_comment);
	r = letter_address_field(letter, &field, USE_ADDRESSES, &rewritten);
	sa_cats(out, prefix);
	sa_cat(out, &rewritten);
	sa_free(&field);
	sa_free(&rewritten);
	return r;
}

static void add_date(
	struct letter *letter, const char *prefix, struct stralloc *out)
{
	sa_cats(out, prefix);
	sa_cats(out, "Date: ");
	date_header(out, letter->now);
	sa_catc(out, '\n');
}

static void add_message_id(
	struct letter *letter, const char *prefix, struct stralloc *out)
{
	struct tm *tm = gmtime(&letter->now);
	char stamp[32] = "";

	if (tm)
		strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", tm);
	sa_cats(out, prefix);
	sa_cats(out, "Message-ID: <");
	sa_cats(out, stamp);
	sa_catc(out, '.');
	sa_catnum(out, letter->pid);
	sa_cats(out, ".qmail@");
	sa_cats(out, letter->id_host);
	sa_cats(out, ">\n");
}

/* Some transports add a To field of their own making to a message with none. */
static void add_cc(const char *prefix, struct stralloc *out)
{
	sa_cats(out, prefix);
	sa_cats(out, "Cc: recipient list not shown: ;\n");
}

/* Does the discussion include one of the user's mailing lists? */
static int to_a_list(const struct letter *letter)
{
	const struct stralloc *all = &letter->followup;

	for (slen at = 0; letter->lists && at < all->len;) {
		slen n = (slen)strlen(all->s + at);

		if (constmap_find(letter->lists, all->s + at, n))
			return 1;
		at += n + 1;
	}
	return 0;
}

/* Asks for answers to all addresses of the discussion, the last one first. */
static void add_followup(const struct letter *letter, struct stralloc *out)
{
	const struct stralloc *all = &letter->followup;
	const char *between = "Mail-Followup-To: ";
	slen end = all->len;

	while (end) {
		slen begin = end - 1;

		while (begin && all->s[begin - 1])
			--begin;
		sa_cats(out, between);
		quote_addr(out, all->s + begin);
		between = ",\n  ";
		end = begin;
	}
	sa_catc(out, '\n');
}

/* What a set of fields is called, and which of them are there. */
struct wanted {
	const char *prefix;
	unsigned date, message_id, from, to_or_cc;
};

int letter_new_fields(struct letter *letter, struct stralloc *out)
{
	static const struct wanted plain = {
		"", SEEN_DATE, SEEN_MESSAGE_ID, SEEN_FROM, SEEN_TO | SEEN_CC};
	static const struct wanted resent = {"Resent-", SEEN_RESENT_DATE,
		SEEN_RESENT_MESSAGE_ID, SEEN_RESENT_FROM,
		SEEN_RESENT_TO | SEEN_RESENT_CC};
	unsigned seen = letter->seen;
	const struct wanted *set = seen & SEEN_RESENT ? &resent : &plain;
	int r = 0;

	if (!(seen & set->date))
		add_date(letter, set->prefix, out);
	if (!(seen & set->message_id))
		add_message_id(letter, set->prefix, out);
	if (!(seen & set->from))
		r = add_from(letter, set->prefix, out);
	if (!(seen & set->to_or_cc))
		add_cc(set->prefix, out);
	if (!(seen & (SEEN_RESENT | SEEN_FOLLOWUP)) && to_a_list(letter))
		add_followup(letter, out);
	return r;
}
