/* SPDX-License-Identifier: 0BSD */
/* Reading the header of a message, field by field (RFC 822 section 3). */
#include "lib/mail/header.h"

#include <string.h>

#include "lib/str/byte.h"
#include "lib/str/case.h"

int field_name(struct field_name *name, const char *field, slen n)
{
	slen colon = byte_find(field, n, ':');
	slen len = colon;

	if (colon == n)
		return 0;
	while (len && (field[len - 1] == ' ' || field[len - 1] == '\t'))
		--len;
	for (slen i = 0; i < len; i++)
		if (field[i] < 33 || field[i] > 126)
			return 0;
	name->text = field;
	name->len = len;
	name->value = colon + 1;
	return len != 0;
}

int field_is(const struct field_name *name, const char *text)
{
	return case_same(name->text, name->len, text, (slen)strlen(text));
}

void header_start(struct header *header, struct inbuf *in)
{
	*header = (struct header){.in = in};
}

void header_free(struct header *header)
{
	sa_free(&header->ahead);
}

/* Reads the line ahead, which is empty if there is none. Returns 0, or -1. */
static int look_ahead(struct header *header)
{
	int r = 0;

	sa_clear(&header->ahead);
	if (!header->ended)
		r = inbuf_line(header->in, &header->ahead, '\n');
	if (r < 0)
		return -1;
	header->ended |= r == 0;
	return 0;
}

/* Takes the line ahead as the beginning of a field, if it is one. */
static int take_first(struct header *header, struct stralloc *field)
{
	struct field_name name;
	const struct stralloc *line = &header->ahead;

	if (line->len >= 5 && memcmp(line->s, "From ", 5) == 0) {
		sa_copys(field, "MBOX-Line: ");
		sa_cat(field, line);
		return 1;
	}
	if (!field_name(&name, line->s, line->len))
		return 0;
	sa_copy(field, line);
	return 1;
}

/* The header ended at the line ahead: sees to it that an empty line comes
 * first. */
static void part_from_body(struct header *header)
{
	struct stralloc *line = &header->ahead;

	if (line->len == 0 || *line->s == '\n')
		return;
	sa_catc(line, '\n');
	memmove(line->s + 1, line->s, line->len - 1);
	*line->s = '\n';
}

int header_next(struct header *header, struct stralloc *field)
{
	if (!header->ahead.len && look_ahead(header) < 0)
		return -1;
	if (!take_first(header, field)) {
		part_from_body(header);
		return 0;
	}
	do {
		if (look_ahead(header) < 0)
			return -1;
		if (!header->ahead.len || !strchr(" \t", *header->ahead.s) ||
			!*header->ahead.s)
			break;
		sa_cat(field, &header->ahead);
	} while (1);
	if (field->s[field->len - 1] != '\n')
		sa_catc(field, '\n');
	return 1;
}
