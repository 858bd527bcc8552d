/* SPDX-License-Identifier: 0BSD */
/* Decoding the message after DATA (RFC 821 sections 4.1.1 and 4.5.2).
 *
 * Lines end with CR LF and nothing else. A LF without CR is an error, so that
 * no two servers can disagree on where a message ends. A CR elsewhere is data.
 */
#ifndef SMTP_BODY_H
#define SMTP_BODY_H

#include <stddef.h>

enum smtp_body_state {
	BODY_LINE_START, /* after CR LF, and at first */
	BODY_IN_LINE,
	BODY_CR,     /* after a CR that may end the line */
	BODY_DOT,    /* after a dot at the start of a line */
	BODY_DOT_CR, /* and a CR behind it */
	BODY_END,    /* after the line with a dot alone */
	BODY_BARE_LF /* given up: a LF without CR */
};

struct smtp_body {
	enum smtp_body_state state;
	/* Takes decoded bytes, their lines ended by LF. */
	void (*put)(void *to, const char *from, size_t n);
	void *to;
};

/* Decodes up to n bytes; stops behind the end of the message or at a bare
 * LF, which body->state tells. Returns how many bytes it took; fewer than n
 * only then. */
size_t smtp_body_decode(struct smtp_body *body, const char *from, size_t n);

#endif
