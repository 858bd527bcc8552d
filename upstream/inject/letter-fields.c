/* SPDX-License-Identifier: 0BSD */
/* The fields of a letter: which are known, what becomes of them. */
#include "inject/letter-fields.h"

#include <string.h>

#include "lib/mail/addrlist.h"
#include "lib/mail/exits.h"
#include "lib/mail/header.h"
#include "lib/mail/quote.h"

struct known_field {
	const char *name;
	unsigned seen;
	unsigned use;
};

static const struct known_field known_fields[] = {
	{"Date", SEEN_DATE, 0},
	{"Message-ID", SEEN_MESSAGE_ID, 0},
	{"From", SEEN_FROM, USE_ADDRESSES},
	{"Sender", 0, USE_ADDRESSES},
	{"Reply-To", 0, USE_ADDRESSES},
	{"Errors-To", 0, USE_ADDRESSES},
	{"Return-Receipt-To", 0, USE_ADDRESSES},
	{"To", SEEN_TO, USE_ADDRESSES | USE_RECIPIENTS | USE_FOLLOWUP},
	{"Cc", SEEN_CC, USE_ADDRESSES | USE_RECIPIENTS | USE_FOLLOWUP},
	{"Bcc", 0, USE_ADDRESSES | USE_RECIPIENTS | USE_DROPPED},
	{"Apparently-To", 0, USE_ADDRESSES | USE_RECIPIENTS},
	{"Mail-Followup-To", SEEN_FOLLOWUP, 0},
	{"Return-Path", 0, USE_ADDRESSES | USE_SENDER | USE_DROPPED},
	{"Content-Length", 0, USE_DROPPED},
	{"Resent-Date", SEEN_RESENT | SEEN_RESENT_DATE, 0},
	{"Resent-Message-ID", SEEN_RESENT | SEEN_RESENT_MESSAGE_ID, 0},
	{"Resent-From", SEEN_RESENT | SEEN_RESENT_FROM, USE_ADDRESSES},
	{"Resent-Sender", SEEN_RESENT, USE_ADDRESSES},
	{"Resent-Reply-To", SEEN_RESENT, USE_ADDRESSES},
	{"Resent-To", SEEN_RESENT | SEEN_RESENT_TO,
		USE_ADDRESSES | USE_RESENT_RECIPIENTS},
	{"Resent-Cc", SEEN_RESENT | SEEN_RESENT_CC,
		USE_ADDRESSES | USE_RESENT_RECIPIENTS},
	{"Resent-Bcc", SEEN_RESENT,
		USE_ADDRESSES | USE_RESENT_RECIPIENTS | USE_DROPPED},
};

static const struct known_field *find_known(const struct field_name *name)
{
	size_t n = sizeof known_fields / sizeof known_fields[0];

	for (size_t i = 0; i < n; i++)
		if (field_is(name, known_fields[i].name))
			return &known_fields[i];
	return NULL;
}

/* Is it a field that the user's environment wants gone? */
static int unwanted(
	const struct letter *letter, const struct known_field *known)
{
	return (letter->replace_from && known->seen == SEEN_FROM) ||
		(letter->replace_message_id &&
			known->seen == SEEN_MESSAGE_ID) ||
		(letter->ignore_return_path && known->use & USE_SENDER);
}

int letter_trouble(struct letter *letter, int code, const char *what,
	const struct stralloc *text)
{
	sa_copys(&letter->trouble, what);
	if (text)
		sa_cat(&letter->trouble, text);
	return code;
}

/* Uses one completed address for what its field is for. */
static void use_address(
	struct letter *letter, const struct tokens *words, unsigned use)
{
	struct stralloc flat = {0};
	const char *text;

	/* an envelope address ends at its first NUL */
	tokens_flat(&flat, words);
	text = sa_0(&flat);
	if (use & USE_RECIPIENTS)
		sa_catb(&letter->header, text, (slen)strlen(text) + 1);
	if (use & USE_RESENT_RECIPIENTS)
		sa_catb(&letter->resent, text, (slen)strlen(text) + 1);
	if (use & USE_FOLLOWUP)
		sa_catb(&letter->followup, text, (slen)strlen(text) + 1);
	if (use & USE_SENDER && !letter->sender_known) {
		sa_copys(&letter->sender, text);
		if (letter->per_recipient)
			sa_cats(&letter->sender, "-@[]");
		letter->sender_known = 1;
	}
	sa_free(&flat);
}

/* Completes and uses the addresses in the n bytes at value, and appends the
 * value to out, which begins with the field's name. Returns 0, or -1. */
static int take_addresses(struct letter *letter, const char *value, slen n,
	unsigned use, struct stralloc *out)
{
	struct tokens words = {0};
	struct tokens joined = {0};
	struct addrlist list = {0};
	int r = tokens_scan(&words, value, n);

	if (r == 0)
		r = addrlist_find(&list, &words);
	if (r == 0) {
		for (slen i = 0; i < list.count; i++) {
			rewrite_address(&list.at[i].words, letter->rewriter);
			use_address(letter, &list.at[i].words, use);
		}
		addrlist_join(&joined, &list);
		tokens_print(out, &joined);
	}
	addrlist_free(&list);
	tokens_free(&words);
	tokens_free(&joined);
	return r;
}

int letter_address_field(struct letter *letter, const struct stralloc *field,
	unsigned use, struct stralloc *out)
{
	struct field_name name;

	sa_clear(out);
	if (field_name(&name, field->s, field->len)) {
		sa_catb(out, name.text, name.len);
		sa_catc(out, ':');
		if (take_addresses(letter, field->s + name.value,
			    field->len - name.value, use, out) == 0) {
			sa_catc(out, '\n');
			return 0;
		}
	}
	return letter_trouble(
		letter, EXIT_PERM, "unable to parse this line:\n", field);
}

int letter_take_field(struct letter *letter, const struct stralloc *field)
{
	struct field_name name;
	const struct known_field *known = NULL;
	struct stralloc rewritten = {0};
	int r = 0;

	if (field_name(&name, field->s, field->len))
		known = find_known(&name);
	if (!known) {
		sa_cat(&letter->fields, field);
		return 0;
	}
	if (unwanted(letter, known))
		return 0;
	letter->seen |= known->seen;
	if (known->use & USE_ADDRESSES)
		r = letter_address_field(letter, field, known->use, &rewritten);
	if (!(known->use & USE_DROPPED))
		sa_cat(&letter->fields,
			known->use & USE_ADDRESSES ? &rewritten : field);
	sa_free(&rewritten);
	return r;
}

/* Completes an address from the command line, which is text without any
 * quoting. */
static int complete(
	struct letter *letter, const char *address, struct stralloc *flat)
{
	struct stralloc quoted = {0};
	struct stralloc told = {0};
	struct tokens words = {0};
	int r;

	quote_addr(&quoted, address);
	r = tokens_scan(&words, quoted.s, quoted.len);
	if (r == 0) {
		rewrite_address(&words, letter->rewriter);
		tokens_flat(flat, &words);
	} else {
		sa_copys(&told, address);
		sa_catc(&told, '\n');
		r = letter_trouble(
			letter, EXIT_PERM, "unable to parse address: ", &told);
	}
	sa_free(&quoted);
	sa_free(&told);
	tokens_free(&words);
	return r;
}

int letter_sender(struct letter *letter, const char *address)
{
	sa_clear(&letter->sender);
	letter->sender_known = 1;
	return complete(letter, address, &letter->sender);
}

int letter_recipient(struct letter *letter, const char *address)
{
	int r = complete(letter, address, &letter->arguments);

	sa_0(&letter->arguments);
	return r;
}
