/* SPDX-License-Identifier: 0BSD */
/* Completing addresses with this host's names. */
#include "inject/rewrite.h"

/* The kind of the last token but back; TOKEN_KINDS if there is none. */
static enum token_kind kind_from_end(const struct tokens *address, slen back)
{
	if (back >= address->count)
		return TOKEN_KINDS;
	return address->at[address->count - 1 - back].kind;
}

/* An address at "[]" means itself: bounces and mailing lists use it. */
static int is_marker(const struct tokens *address)
{
	return kind_from_end(address, 0) == TOKEN_LITERAL &&
		kind_from_end(address, 1) == TOKEN_AT &&
		address->at[address->count - 1].len == 0;
}

/* Drops a source route (RFC 822 section 6.2.7): all to the last colon, or all
 * if there is none. */
static void drop_route(struct tokens *address)
{
	slen n = address->count;

	if (!n || address->at[0].kind != TOKEN_AT)
		return;
	while (n && address->at[n - 1].kind != TOKEN_COLON)
		--n;
	tokens_drop(address, n ? n : address->count);
}

static void drop_last(struct tokens *address, enum token_kind kind)
{
	if (kind_from_end(address, 0) == kind)
		--address->count;
}

static void append(struct tokens *address, const struct tokens *tail)
{
	tokens_addn(address, tail->at, tail->count);
}

/* Looks at the host, from its end back to the last @. */
static int host_is_complete(const struct tokens *address)
{
	for (slen back = 0; back < address->count; back++) {
		enum token_kind kind = kind_from_end(address, back);

		if (kind == TOKEN_DOT || kind == TOKEN_LITERAL)
			return 1;
		if (kind == TOKEN_AT)
			break;
	}
	return 0;
}

static int has_at(const struct tokens *address)
{
	for (slen i = 0; i < address->count; i++)
		if (address->at[i].kind == TOKEN_AT)
			return 1;
	return 0;
}

void rewrite_address(struct tokens *address, const struct rewriter *rewriter)
{
	struct token *last;

	if (is_marker(address))
		return;
	drop_route(address);
	drop_last(address, TOKEN_DOT);
	drop_last(address, TOKEN_AT);
	if (!address->count)
		return;
	if (!has_at(address))
		append(address, &rewriter->host);
	last = &address->at[address->count - 1];
	if (last->kind == TOKEN_ATOM && last->text[last->len - 1] == '+') {
		--last->len;
		append(address, &rewriter->plus);
	}
	if (!host_is_complete(address))
		append(address, &rewriter->domain);
}
