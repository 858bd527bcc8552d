/* SPDX-License-Identifier: 0BSD */
/* The tokens of structured header fields (RFC 822 section 3.3).
 *
 * A token points into the text it was found in, which must stay as long as the
 * token; its value, without quotes and backslashes, is made when it is asked
 * for.
 */
#ifndef MAIL_TOKEN_H
#define MAIL_TOKEN_H

#include "lib/str/slen.h"
#include "lib/str/stralloc.h"

enum token_kind {
	TOKEN_ATOM,
	TOKEN_QUOTED,  /* "in quotes", or an atom that has to be printed so */
	TOKEN_LITERAL, /* [in brackets] */
	TOKEN_COMMENT, /* (in parentheses) */
	TOKEN_DOT,
	TOKEN_AT,
	TOKEN_COMMA,
	TOKEN_LEFT,  /* < */
	TOKEN_RIGHT, /* > */
	TOKEN_COLON,
	TOKEN_SEMI,
	TOKEN_KINDS
};

struct token {
	enum token_kind kind;
	const char *text; /* as in the source, without the delimiters */
	slen len;
};

/* A zeroed struct is an empty list. */
struct tokens {
	struct token *at;
	slen count;
	slen room;
};

/* Appends the tokens of the n bytes at text; white space between them is
 * dropped. Returns 0; -1 if a comment, quoted string or literal does not end,
 * or a ")" or "]" stands where a token begins. */
int tokens_scan(struct tokens *list, const char *text, slen n);

/* Appends one token, or n of them. */
void tokens_add(struct tokens *list, struct token token);
void tokens_addn(struct tokens *list, const struct token *from, slen n);

/* Removes n tokens from the front. */
void tokens_drop(struct tokens *list, slen n);

/* Empties the list and keeps its memory; frees it. */
void tokens_clear(struct tokens *list);
void tokens_free(struct tokens *list);

/* Appends a token's value: of a comment, its text without parentheses. */
void token_value(struct stralloc *out, const struct token *token);

/* Appends the n bytes at value to a field as a token of a kind that holds
 * text, with its delimiters, and backslashes where they are needed. */
void token_put(
	struct stralloc *out, enum token_kind kind, const char *value, slen n);

/* Appends all values with nothing between them, comments left out and brackets
 * kept: the form of an address in an envelope. */
void tokens_flat(struct stralloc *out, const struct tokens *list);

/* Appends the tokens as a field's value, behind what field holds already,
 * which begins a line and ends with a colon. One blank stands between words,
 * before a "<" and behind "," and ":". The line is folded behind a comma where
 * it would pass 78 columns. No newline at the end. */
void tokens_print(struct stralloc *field, const struct tokens *list);

#endif
