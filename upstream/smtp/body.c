/* SPDX-License-Identifier: 0BSD */
/* Decoding the message after DATA. */
#include "smtp/body.h"

#include <string.h>

static void put(struct smtp_body *body, const char *from, size_t n)
{
	if (n)
		body->put(body->to, from, n);
}

/* Takes the rest of a line in one piece, as far as it is there: the bytes
 * before its CR LF are data whatever they are. A CR at the very end waits
 * for what follows. */
static size_t take_line(struct smtp_body *body, const char *from, size_t n)
{
	const char *lf = memchr(from, '\n', n);
	size_t line = lf ? (size_t)(lf - from) : n;

	if (line && from[line - 1] == '\r') {
		put(body, from, line - 1);
		body->state = BODY_CR;
		return line;
	}
	if (lf) {
		body->state = BODY_BARE_LF;
		return line;
	}
	put(body, from, line);
	return line;
}

/* Where a byte leads that is neither CR nor LF, or any byte in the line. */
static size_t one_byte(struct smtp_body *body, char c)
{
	switch (body->state) {
	case BODY_LINE_START:
		if (c != '.')
			break;
		body->state = BODY_DOT;
		return 1;
	case BODY_CR:
		put(body, "\r", 1);
		break;
	case BODY_DOT_CR:
		put(body, ".\r", 2);
		break;
	default:
		break;
	}
	body->state = BODY_IN_LINE;
	return 0;
}

static size_t carriage_return(struct smtp_body *body)
{
	switch (body->state) {
	case BODY_DOT:
		body->state = BODY_DOT_CR;
		return 1;
	case BODY_CR:
		put(body, "\r", 1);
		return 1;
	case BODY_DOT_CR:
		put(body, ".\r", 2);
		break;
	default:
		break;
	}
	body->state = BODY_CR;
	return 1;
}

static size_t line_feed(struct smtp_body *body)
{
	switch (body->state) {
	case BODY_CR:
		put(body, "\n", 1);
		body->state = BODY_LINE_START;
		return 1;
	case BODY_DOT_CR:
		body->state = BODY_END;
		return 1;
	default:
		body->state = BODY_BARE_LF;
		return 0;
	}
}

size_t smtp_body_decode(struct smtp_body *body, const char *from, size_t n)
{
	size_t at = 0;

	while (at < n && body->state != BODY_END &&
		body->state != BODY_BARE_LF) {
		if (body->state == BODY_IN_LINE)
			at += take_line(body, from + at, n - at);
		else if (from[at] == '\r')
			at += carriage_return(body);
		else if (from[at] == '\n')
			at += line_feed(body);
		else
			at += one_byte(body, from[at]);
	}
	return at;
}
