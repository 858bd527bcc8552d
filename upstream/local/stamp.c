/* SPDX-License-Identifier: 0BSD */
/* The lines that a delivery puts in front of a message. */
#include "local/stamp.h"

#include <string.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/mail/mbox.h"
#include "lib/mail/quote.h"

/* Makes one line of what was built, whatever the sender had in his address. */
static void finish(struct stralloc *line)
{
	for (slen i = 0; i < line->len; i++)
		if (line->s[i] == '\n')
			line->s[i] = '_';
	sa_catc(line, '\n');
	sa_cstr(line);
}

void stamp_make(struct stamp *stamp, const char *sender, const char *local,
	const char *host, time_t when)
{
	mbox_separator(&stamp->separator, sender, (slen)strlen(sender), when);
	sa_cstr(&stamp->separator);

	sa_copys(&stamp->return_path, "Return-Path: <");
	quote_addr(&stamp->return_path, sender);
	sa_catc(&stamp->return_path, '>');
	finish(&stamp->return_path);

	sa_copys(&stamp->delivered_to, "Delivered-To: ");
	sa_cats(&stamp->delivered_to, local);
	sa_catc(&stamp->delivered_to, '@');
	sa_cats(&stamp->delivered_to, host);
	finish(&stamp->delivered_to);
}

int stamp_is_looping(const struct stamp *stamp, int fd)
{
	const struct stralloc *mine = &stamp->delivered_to;
	struct stralloc line = {0};
	char mem[1024];
	struct inbuf in;
	int looping = 0;
	int more;

	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	while ((more = inbuf_line(&in, &line, '\n')) > 0 && line.len > 1) {
		looping = line.len == mine->len &&
			memcmp(line.s, mine->s, mine->len) == 0;
		if (looping)
			break;
	}
	sa_free(&line);
	return more < 0 ? -1 : looping;
}
