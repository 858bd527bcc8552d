/* SPDX-License-Identifier: 0BSD */
/* Printing control files with their meaning. */
#include "admin/showctl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/errtext.h"
#include "lib/mail/control.h"

void showctl_text(struct outbuf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		int odd = (c < 32 && c != '\t') || c == 127;

		outbuf_putc(out, odd ? '?' : text[i]);
	}
}

static void trouble(struct outbuf *out)
{
	int error = errno;

	outbuf_puts(out, "Cannot be read: ");
	outbuf_puts(out, errtext(error));
	outbuf_puts(out, ". Programs that need it will defer mail.\n");
}

static void sentence(struct outbuf *out, const struct showctl_setting *setting,
	const char *value, size_t n)
{
	outbuf_puts(out, setting->before);
	showctl_text(out, value, n);
	outbuf_puts(out, setting->after);
	outbuf_putc(out, '\n');
}

static void print_line(struct outbuf *out,
	const struct showctl_setting *setting, const char *path)
{
	struct stralloc line = {0};
	int r = control_line(&line, path);

	if (r == 0) {
		outbuf_puts(out, "(Default.) ");
		if (setting->fallback) {
			sa_copys(&line, setting->fallback);
			r = 1;
		} else {
			r = control_line(&line, "control/me");
		}
	}
	if (r == 0 && setting->none) {
		outbuf_puts(out, setting->none);
		outbuf_putc(out, '\n');
	} else if (r == 0) {
		sentence(out, setting, setting->name, strlen(setting->name));
	} else if (r < 0) {
		trouble(out);
	} else {
		sentence(out, setting, line.s, line.len);
	}
	sa_free(&line);
}

static void print_number(struct outbuf *out,
	const struct showctl_setting *setting, const char *path)
{
	struct stralloc text = {0};
	int number = 0;
	int r = control_int(&number, path);

	if (r < 0) {
		trouble(out);
		return;
	}
	if (r == 0) {
		outbuf_puts(out, "(Default.) ");
		sa_copys(&text, setting->fallback);
	} else {
		sa_catnum(&text, (unsigned long)(unsigned)number);
	}
	sentence(out, setting, text.s, text.len);
	sa_free(&text);
}

static void print_list(struct outbuf *out,
	const struct showctl_setting *setting, const char *path)
{
	struct stralloc lines = {0};
	int r = control_list(&lines, path);

	if (r < 0)
		trouble(out);
	if (r == 0) {
		outbuf_puts(out, "(Default.) ");
		outbuf_puts(out, setting->none);
		outbuf_putc(out, '\n');
	}
	if (r == 1)
		outbuf_putc(out, '\n');
	for (slen at = 0; r == 1 && at < lines.len;) {
		slen n = (slen)strlen(lines.s + at);

		sentence(out, setting, lines.s + at, n);
		at += n + 1;
	}
	sa_free(&lines);
}

static void print_file(struct outbuf *out,
	const struct showctl_setting *setting, const char *path)
{
	if (access(path, R_OK) == 0) {
		outbuf_puts(out, setting->before);
		outbuf_putc(out, '\n');
	} else if (errno == ENOENT) {
		outbuf_puts(out, "(Default.) ");
		outbuf_puts(out, setting->none);
		outbuf_putc(out, '\n');
	} else {
		trouble(out);
	}
}

void showctl_print(struct outbuf *out, const struct showctl_setting *setting)
{
	struct stralloc path = {0};

	sa_copys(&path, "control/");
	sa_cats(&path, setting->name);
	sa_cstr(&path);
	outbuf_putc(out, '\n');
	outbuf_puts(out, setting->name);
	outbuf_puts(out, ": ");
	switch (setting->kind) {
	case SHOWCTL_LINE:
		print_line(out, setting, path.s);
		break;
	case SHOWCTL_NUMBER:
		print_number(out, setting, path.s);
		break;
	case SHOWCTL_LIST:
		print_list(out, setting, path.s);
		break;
	case SHOWCTL_FILE:
		print_file(out, setting, path.s);
		break;
	case SHOWCTL_END:
		break;
	}
	sa_free(&path);
}
