/* SPDX-License-Identifier: 0BSD */
/* Addresses in the form that RFC 821 and RFC 822 ask for. */
#include "lib/mail/quote.h"

#include <string.h>

#include "lib/str/byte.h"

/* Printable, and none of RFC 822's specials. */
static int plain(char c)
{
	return c > 32 && c < 127 && !strchr("()<>@,;:\\\".[]", c);
}

static int is_dot_atom(const char *s, slen n)
{
	char before = '.';

	for (slen i = 0; i < n; i++) {
		if (!plain(s[i]) && (s[i] != '.' || before == '.'))
			return 0;
		before = s[i];
	}
	return before != '.';
}

void quote_box(struct stralloc *out, const char *box, slen n)
{
	if (is_dot_atom(box, n)) {
		sa_catb(out, box, n);
		return;
	}
	sa_catc(out, '"');
	for (slen i = 0; i < n; i++) {
		if (strchr("\r\n\"\\", box[i]) && box[i])
			sa_catc(out, '\\');
		sa_catc(out, box[i]);
	}
	sa_catc(out, '"');
}

void quote_addr(struct stralloc *out, const char *addr)
{
	slen at = str_rfind(addr, '@');

	if (!*addr)
		return;
	quote_box(out, addr, at);
	sa_cats(out, addr + at);
}
