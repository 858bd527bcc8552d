/* SPDX-License-Identifier: 0BSD */
/* A message at a glance. */
#include "local/glance.h"

#include "lib/str/byte.h"
#include "lib/str/case.h"

enum { TEXT_LIMIT = 158 }; /* bytes: two lines of a narrow terminal */

/* Appends at most limit bytes in all, each that is not printable as stand_in.
 * */
static void add_clean(
	struct stralloc *to, const char *s, slen n, slen limit, char stand_in)
{
	for (slen i = 0; i < n && to->len < limit; i++)
		sa_catc(to, s[i] >= 32 && s[i] < 127 ? s[i] : stand_in);
}

static void set_clean(struct stralloc *to, const char *s, slen n)
{
	sa_clear(to);
	add_clean(to, s, n, SLEN_MAX, '?');
}

void glance_set(struct stralloc *field, const char *text)
{
	set_clean(field, text, str_find(text, 0));
}

/* How many bytes of the line are a field's name; 0: it does not begin a field.
 * */
static slen name_length(const struct stralloc *line)
{
	slen n = 0;
	slen i;

	while (n < line->len && line->s[n] > 32 && line->s[n] < 127 &&
		line->s[n] != ':')
		n++;
	for (i = n; i < line->len; i++)
		if (line->s[i] != ' ' && line->s[i] != '\t')
			break;
	return i < line->len && line->s[i] == ':' ? n : 0;
}

/* Takes what is of interest from a whole field, continuation lines included. */
static void take_field(struct glance *glance, const struct stralloc *field)
{
	slen name = name_length(field);
	slen at = byte_find(field->s, field->len, ':') + 1;
	slen end = field->len;

	if (!name)
		return;
	if (field->s[end - 1] == '\n')
		end--;
	while (at < end && (field->s[at] == ' ' || field->s[at] == '\t'))
		at++;
	if (case_same(field->s, name, "return-path", 11))
		set_clean(&glance->sender, field->s + at, end - at);
	else if (case_same(field->s, name, "delivered-to", 12))
		set_clean(&glance->recipient, field->s + at, end - at);
	else if (case_same(field->s, name, "from", 4))
		set_clean(&glance->from, field->s, end);
	else if (case_same(field->s, name, "subject", 7))
		add_clean(&glance->text, field->s + at, field->len - at,
			TEXT_LIMIT, '/');
}

/* Reads the header and the line that ends it. */
static int read_header(struct glance *glance, struct inbuf *in)
{
	struct stralloc field = {0};
	struct stralloc line = {0};
	int more;

	while ((more = inbuf_line(in, &line, '\n')) >= 0 && line.len) {
		if (field.len && (line.s[0] == ' ' || line.s[0] == '\t')) {
			sa_cat(&field, &line);
			continue;
		}
		take_field(glance, &field);
		sa_clear(&field);
		if (name_length(&line)) {
			sa_copy(&field, &line);
			continue;
		}
		/* the body; without the blank line it is as if it were there */
		if (!sa_is(&line, "\n"))
			add_clean(&glance->text, "\n", 1, TEXT_LIMIT, '/');
		add_clean(&glance->text, line.s, line.len, TEXT_LIMIT, '/');
		break;
	}
	take_field(glance, &field);
	sa_free(&field);
	sa_free(&line);
	return more < 0 ? -1 : 0;
}

int glance_read(struct glance *glance, struct inbuf *in)
{
	ssize_t n = 0;

	glance_set(&glance->sender, "?");
	glance_set(&glance->recipient, "?");
	sa_clear(&glance->from);
	sa_clear(&glance->text);
	if (read_header(glance, in) < 0)
		return -1;
	while (glance->text.len < TEXT_LIMIT && (n = inbuf_fill(in)) > 0) {
		add_clean(&glance->text, in->mem + in->at, (slen)n, TEXT_LIMIT,
			'/');
		in->at = in->end;
	}
	return n < 0 ? -1 : 0;
}

void glance_put(struct outbuf *out, const struct glance *glance,
	const char *bold, const char *plain, const char *eol)
{
	outbuf_puts(out, "FROM ");
	outbuf_putsa(out, &glance->sender);
	outbuf_puts(out, " TO <");
	outbuf_putsa(out, &glance->recipient);
	outbuf_puts(out, ">");
	outbuf_puts(out, eol);
	if (glance->from.len) {
		outbuf_puts(out, bold);
		outbuf_putsa(out, &glance->from);
		outbuf_puts(out, plain);
		outbuf_puts(out, eol);
	}
	outbuf_putsa(out, &glance->text);
	outbuf_puts(out, eol);
	outbuf_puts(out, eol);
}

void glance_free(struct glance *glance)
{
	sa_free(&glance->sender);
	sa_free(&glance->recipient);
	sa_free(&glance->from);
	sa_free(&glance->text);
}
