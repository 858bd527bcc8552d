/* SPDX-License-Identifier: 0BSD */
/* Finding the tokens of structured header fields (RFC 822 section 3.3). */
#include "lib/mail/token.h"

#include <string.h>

#include "lib/str/alloc.h"

/* What is left of the text. */
struct source {
	const char *at;
	const char *end;
};

void tokens_add(struct tokens *list, struct token token)
{
	list->at = alloc_one_more(
		list->at, list->count, &list->room, sizeof *list->at);
	list->at[list->count++] = token;
}

void tokens_addn(struct tokens *list, const struct token *from, slen n)
{
	for (slen i = 0; i < n; i++)
		tokens_add(list, from[i]);
}

void tokens_drop(struct tokens *list, slen n)
{
	list->count -= n;
	if (list->count)
		memmove(list->at, list->at + n, list->count * sizeof *list->at);
}

void tokens_clear(struct tokens *list)
{
	list->count = 0;
}

void tokens_free(struct tokens *list)
{
	alloc_release(list->at);
	*list = (struct tokens){0};
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The kind of token that the character alone is, or TOKEN_KINDS. */
static enum token_kind special(char c)
{
	switch (c) {
	case '.':
		return TOKEN_DOT;
	case '@':
		return TOKEN_AT;
	case ',':
		return TOKEN_COMMA;
	case '<':
		return TOKEN_LEFT;
	case '>':
		return TOKEN_RIGHT;
	case ':':
		return TOKEN_COLON;
	case ';':
		return TOKEN_SEMI;
	default:
		return TOKEN_KINDS;
	}
}

/* An atom goes on until one of these; ) and ] inside it are tolerated. */
static int ends_atom(char c)
{
	return is_blank(c) || special(c) != TOKEN_KINDS || c == '(' ||
		c == '[' || c == '"';
}

/* Steps over a byte, or over a backslash and the byte it protects. */
static void step(struct source *src)
{
	if (*src->at == '\\' && src->at + 1 < src->end)
		src->at++;
	src->at++;
}

/* Must the atom's value be in quotes when it is printed? */
static int unprintable(const struct token *atom)
{
	for (slen i = 0; i < atom->len; i++) {
		int protected = atom->text[i] == '\\';
		char c;

		if (protected && ++i == atom->len)
			break;
		c = atom->text[i];
		if (c < 32 || c > 126 || c == ')' || c == ']' || c == '\\')
			return 1;
	}
	return 0;
}

static void scan_atom(struct source *src, struct token *token)
{
	token->text = src->at;
	while (src->at < src->end && !ends_atom(*src->at))
		step(src);
	token->len = (slen)(src->at - token->text);
	token->kind = unprintable(token) ? TOKEN_QUOTED : TOKEN_ATOM;
}

/* The rest of a comment, or of a text that ends with the byte close and cannot
 * be nested. The opening byte is behind us. Returns -1 if it does not end. */
static int scan_enclosed(struct source *src, struct token *token, char close)
{
	slen depth = 1;

	token->text = src->at;
	for (; src->at < src->end; step(src)) {
		if (*src->at == '(' && close == ')')
			depth++;
		if (*src->at == close && --depth == 0)
			break;
	}
	if (src->at >= src->end)
		return -1;
	token->len = (slen)(src->at - token->text);
	src->at++;
	return 0;
}

static int scan_one(struct source *src, struct token *token)
{
	char c = *src->at;

	token->kind = special(c);
	token->text = src->at;
	token->len = 1;
	if (token->kind != TOKEN_KINDS) {
		src->at++;
		return 0;
	}
	switch (c) {
	case '(':
		src->at++;
		token->kind = TOKEN_COMMENT;
		return scan_enclosed(src, token, ')');
	case '[':
		src->at++;
		token->kind = TOKEN_LITERAL;
		return scan_enclosed(src, token, ']');
	case '"':
		src->at++;
		token->kind = TOKEN_QUOTED;
		return scan_enclosed(src, token, '"');
	case ')':
	case ']':
		return -1;
	default:
		scan_atom(src, token);
		return 0;
	}
}

int tokens_scan(struct tokens *list, const char *text, slen n)
{
	struct source src = {text, text};
	struct token token;

	/* no arithmetic on the null pointer of an empty string */
	if (n)
		src.end += n;
	while (src.at < src.end) {
		if (is_blank(*src.at)) {
			src.at++;
			continue;
		}
		if (scan_one(&src, &token) < 0)
			return -1;
		tokens_add(list, token);
	}
	return 0;
}
