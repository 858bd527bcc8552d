/* SPDX-License-Identifier: 0BSD */
/* The parts of the mbox format. */
#include "lib/mail/mbox.h"

#include <string.h>

#include "lib/mail/date.h"

int mbox_needs_mark(const char *line, slen n)
{
	while (n && *line == '>') {
		line++;
		n--;
	}
	return n >= 5 && memcmp(line, "From ", 5) == 0;
}

void mbox_separator(
	struct stralloc *out, const char *sender, slen n, time_t when)
{
	sa_cats(out, "From ");
	if (!n)
		sa_cats(out, "MAILER-DAEMON");
	for (slen i = 0; i < n; i++) {
		int gap = sender[i] == ' ' || sender[i] == '\t' ||
			sender[i] == '\n';

		sa_catc(out, gap ? '-' : sender[i]);
	}
	sa_catc(out, ' ');
	date_mbox(out, when);
	sa_catc(out, '\n');
}

static void put_line(struct outbuf *out, const struct stralloc *line)
{
	if (mbox_needs_mark(line->s, line->len))
		outbuf_putc(out, '>');
	outbuf_putsa(out, line);
}

int mbox_copy(struct outbuf *out, struct inbuf *in, enum mbox_rest rest)
{
	struct stralloc line = {0};
	int more;

	while ((more = inbuf_line(in, &line, '\n')) > 0)
		put_line(out, &line);
	if (more == 0 && line.len && rest == MBOX_REST_ENDED) {
		put_line(out, &line);
		outbuf_putc(out, '\n');
	}
	outbuf_putc(out, '\n');
	sa_free(&line);
	return more;
}
