/* SPDX-License-Identifier: 0BSD */
/* An SMTP server's replies. */
#include "remote/reply.h"

enum { CODE_DIGITS = 3 };

/* Takes a byte and keeps it in the text. Returns 0 if there is none. */
static int take(struct inbuf *in, struct remote_reply *reply, char *c)
{
	if (inbuf_byte(in, c) != 1)
		return 0;
	if (*c != '\r' && reply->text.len < REMOTE_REPLY_MAX)
		sa_catc(&reply->text, *c);
	return 1;
}

/* Takes a line. *more tells whether a hyphen behind the code announces
 * another. */
static int take_line(struct inbuf *in, struct remote_reply *reply,
	unsigned long *code, int *more)
{
	char c;

	*code = 0;
	for (int i = 0; i < CODE_DIGITS; i++) {
		if (!take(in, reply, &c))
			return 0;
		*code = *code * 10 + (unsigned char)c - '0';
	}
	if (!take(in, reply, &c))
		return 0;
	*more = c == '-';
	while (c != '\n')
		if (!take(in, reply, &c))
			return 0;
	return 1;
}

int remote_reply_read(struct inbuf *in, struct remote_reply *reply)
{
	unsigned long further;
	int more;

	sa_clear(&reply->text);
	if (!take_line(in, reply, &reply->code, &more))
		return 0;
	while (more)
		if (!take_line(in, reply, &further, &more))
			return 0;
	return 1;
}
