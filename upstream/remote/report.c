/* SPDX-License-Identifier: 0BSD */
/* What qmail-remote tells qmail-rspawn. */
#include "remote/report.h"

#include <stdarg.h>

static void put_list(struct outbuf *out, int letter, va_list list)
{
	const char *text;

	outbuf_putc(out, (char)letter);
	while ((text = va_arg(list, const char *)) != NULL)
		outbuf_puts(out, text);
}

void report_put(struct outbuf *out, int letter, ...)
{
	va_list list;

	va_start(list, letter);
	put_list(out, letter, list);
	va_end(list);
	outbuf_putc(out, '\0');
}

void report_quoting(
	struct outbuf *out, const struct stralloc *said, int letter, ...)
{
	va_list list;

	va_start(list, letter);
	put_list(out, letter, list);
	va_end(list);
	outbuf_puts(out, "Remote host said: ");
	for (slen i = 0; i < said->len; i++)
		outbuf_putc(out, said->s[i] ? said->s[i] : '?');
	outbuf_putc(out, '\0');
}

const char *report_safe(struct stralloc *text)
{
	for (slen i = 0; i < text->len; i++)
		if (text->s[i] <= ' ' || text->s[i] > 126)
			text->s[i] = '?';
	return sa_cstr(text);
}
