/* SPDX-License-Identifier: 0BSD */
/* Who sends a message, as the environment tells it. */
#include "inject/identity.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mail/quote.h"
#include "lib/mail/token.h"

/* The value of the first of these variables that is set, which may be
 * empty. */
static const char *first_set(const char *const *names)
{
	const char *value = NULL;

	for (; *names && !value; names++)
		value = getenv(*names);
	return value;
}

static const char *or_else(const char *value, const char *fallback)
{
	return value ? value : fallback;
}

void identity_read(struct identity *self, const char *default_host)
{
	static const char *const users[] = {
		"QMAILUSER", "MAILUSER", "USER", "LOGNAME", NULL};
	static const char *const hosts[] = {"QMAILHOST", "MAILHOST", NULL};
	static const char *const names[] = {
		"QMAILNAME", "MAILNAME", "NAME", NULL};

	self->user = or_else(first_set(users), "anonymous");
	self->host = or_else(first_set(hosts), default_host);
	self->name = first_set(names);
	self->sender_user = or_else(getenv("QMAILSUSER"), self->user);
	self->sender_host = or_else(getenv("QMAILSHOST"), self->host);
}

/* The user becomes one local part whatever it holds; the host is left to be
 * parsed like one that somebody typed. */
static void put_address(
	struct stralloc *out, const char *user, slen len, const char *host)
{
	quote_box(out, user, len);
	sa_catc(out, '@');
	token_put(out, TOKEN_ATOM, host, (slen)strlen(host));
}

static void put_name(
	struct stralloc *out, enum token_kind kind, const char *name)
{
	token_put(out, kind, name, (slen)strlen(name));
}

void identity_from(
	struct stralloc *out, const struct identity *self, int as_comment)
{
	int brackets = self->name && !as_comment;

	sa_cats(out, "From: ");
	if (brackets) {
		put_name(out, TOKEN_QUOTED, self->name);
		sa_cats(out, " <");
	}
	put_address(out, self->user, (slen)strlen(self->user), self->host);
	if (brackets)
		sa_catc(out, '>');
	if (self->name && as_comment) {
		sa_catc(out, ' ');
		put_name(out, TOKEN_COMMENT, self->name);
	}
	sa_catc(out, '\n');
}

void identity_return_path(
	struct stralloc *out, const struct identity *self, const char *suffix)
{
	struct stralloc user = {0};

	sa_copys(&user, self->sender_user);
	sa_cats(&user, suffix);
	sa_cats(out, "Return-Path: ");
	put_address(out, user.s, user.len, self->sender_host);
	sa_catc(out, '\n');
	sa_free(&user);
}
