/* SPDX-License-Identifier: 0BSD */
/* Tokens as text again: values, envelope addresses, folded fields. */
#include <string.h>

#include "lib/mail/token.h"

/* How wide a line may get (RFC 822 section 3.4.8 leaves it open). */
enum { WIDTH = 78 };

/* What a special stands for in text, by its kind. */
static const char specials[TOKEN_KINDS] = {
	[TOKEN_DOT] = '.',
	[TOKEN_AT] = '@',
	[TOKEN_COMMA] = ',',
	[TOKEN_LEFT] = '<',
	[TOKEN_RIGHT] = '>',
	[TOKEN_COLON] = ':',
	[TOKEN_SEMI] = ';',
};

static int holds_text(enum token_kind kind)
{
	return specials[kind] == 0;
}

void token_value(struct stralloc *out, const struct token *token)
{
	for (slen i = 0; i < token->len; i++) {
		char c = token->text[i];

		if (c == '\\') {
			if (++i < token->len)
				sa_catc(out, token->text[i]);
		} else if (token->kind != TOKEN_COMMENT ||
			(c != '(' && c != ')')) {
			sa_catc(out, c);
		}
	}
}

void token_put(
	struct stralloc *out, enum token_kind kind, const char *value, slen n)
{
	static const char delimiters[][3] = {
		[TOKEN_ATOM] = "",
		[TOKEN_QUOTED] = "\"\"",
		[TOKEN_LITERAL] = "[]",
		[TOKEN_COMMENT] = "()",
	};
	const char *around = delimiters[kind];

	if (*around)
		sa_catc(out, around[0]);
	for (slen i = 0; i < n; i++) {
		if (memchr("\"()[]\\\r\n", value[i], 8))
			sa_catc(out, '\\');
		sa_catc(out, value[i]);
	}
	if (*around)
		sa_catc(out, around[1]);
}

void tokens_flat(struct stralloc *out, const struct tokens *list)
{
	for (slen i = 0; i < list->count; i++) {
		const struct token *token = &list->at[i];

		if (token->kind == TOKEN_COMMENT)
			continue;
		if (!holds_text(token->kind)) {
			sa_catc(out, specials[token->kind]);
			continue;
		}
		if (token->kind == TOKEN_LITERAL)
			sa_catc(out, '[');
		token_value(out, token);
		if (token->kind == TOKEN_LITERAL)
			sa_catc(out, ']');
	}
}

/* Does a blank stand between two tokens of these kinds? */
static int apart(enum token_kind left, enum token_kind right)
{
	return left == TOKEN_COLON || left == TOKEN_COMMA ||
		right == TOKEN_LEFT || (holds_text(left) && holds_text(right));
}

/* Appends the tokens from place on, through the next comma; what stood before
 * them is of the kind *before, which is renewed. Returns the place behind
 * them. */
static slen print_piece(struct stralloc *piece, const struct tokens *list,
	slen place, enum token_kind *before)
{
	struct stralloc value = {0};

	while (place < list->count) {
		const struct token *token = &list->at[place++];

		if (apart(*before, token->kind))
			sa_catc(piece, ' ');
		*before = token->kind;
		if (holds_text(token->kind)) {
			sa_clear(&value);
			token_value(&value, token);
			token_put(piece, token->kind, value.s, value.len);
		} else {
			sa_catc(piece, specials[token->kind]);
		}
		if (token->kind == TOKEN_COMMA)
			break;
	}
	sa_free(&value);
	return place;
}

void tokens_print(struct stralloc *field, const struct tokens *list)
{
	struct stralloc piece = {0};
	enum token_kind before = TOKEN_COLON;
	slen column = field->len;
	slen place = 0;
	int more;

	/* the piece behind the last comma counts even if it is empty */
	for (int first = 1;; first = 0) {
		sa_clear(&piece);
		place = print_piece(&piece, list, place, &before);
		more = piece.len && before == TOKEN_COMMA;
		if (!first && column + piece.len > WIDTH) {
			sa_cats(field, "\n ");
			column = 1;
		}
		sa_cat(field, &piece);
		column += piece.len;
		if (!more)
			break;
	}
	sa_free(&piece);
}
