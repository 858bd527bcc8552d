/* SPDX-License-Identifier: 0BSD */
/* Reading netstrings from a client. */
#include "smtp/netstring.h"

#include <string.h>

#include "lib/mail/exits.h"

/* A length that has passed this takes no further digit, so that none can pass
 * ten times as much. */
enum { LENGTH_MAX = 200000000 };

int netstring_exit(enum netstring_fault fault)
{
	switch (fault) {
	case NETSTRING_BROKEN:
		return EXIT_PERM;
	case NETSTRING_TROUBLE:
		return EXIT_TEMP;
	default:
		return EXIT_DONE;
	}
}

int netstring_fail(struct netstrings *in, enum netstring_fault fault)
{
	if (in->fault == NETSTRING_FINE)
		in->fault = fault;
	return -1;
}

size_t netstring_piece(struct netstrings *in, uint64_t max, const char **from)
{
	struct inbuf *buf = &in->chat->in;
	ssize_t have;
	size_t n;

	if (in->left == 0)
		netstring_fail(in, NETSTRING_BROKEN);
	if (in->fault != NETSTRING_FINE)
		return 0;
	have = chat_fill(in->chat);
	if (have <= 0) {
		netstring_fail(in, NETSTRING_CUT);
		return 0;
	}
	n = (size_t)have;
	if (n > max)
		n = (size_t)max;
	if (n > in->left)
		n = (size_t)in->left;
	*from = buf->mem + buf->at;
	buf->at += n;
	if (in->left != NETSTRING_UNBOUND)
		in->left -= n;
	return n;
}

int netstring_length(struct netstrings *in, uint64_t *length)
{
	const char *c;

	*length = 0;
	while (netstring_piece(in, 1, &c)) {
		if (*c == ':' && *length / 10 <= LENGTH_MAX)
			return 0;
		if (*length > LENGTH_MAX)
			return netstring_fail(in, NETSTRING_TROUBLE);
		*length = *length * 10 + (uint64_t)(*c - '0');
	}
	return -1;
}

int netstring_comma(struct netstrings *in)
{
	const char *c;

	if (!netstring_piece(in, 1, &c))
		return -1;
	return *c == ',' ? 0 : netstring_fail(in, NETSTRING_BROKEN);
}

int netstring_text(
	struct netstrings *in, uint64_t length, slen max, struct stralloc *text)
{
	int keep = length <= max;
	const char *from;

	sa_clear(text);
	while (length) {
		size_t n = netstring_piece(in, length, &from);

		if (!n)
			return -1;
		length -= n;
		if (keep)
			sa_catb(text, from, (slen)n);
	}
	return keep && (!text->len || !memchr(text->s, '\0', text->len));
}

void netstring_put(struct outbuf *out, const char *from, size_t n)
{
	outbuf_putnum(out, n);
	outbuf_putc(out, ':');
	outbuf_put(out, from, n);
	outbuf_putc(out, ',');
}
