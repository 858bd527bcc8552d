/* SPDX-License-Identifier: 0BSD */
/* .qmail files of any bytes: every line is told once, in order, as what its first
 * byte says.
 *
 * Input: the file. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "local/dotqmail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(
	const struct dotqmail_line *line, const struct stralloc *file)
{
	const char *end = file->s + file->len;

	switch (line->kind) {
	case DOTQMAIL_PROGRAM:
	case DOTQMAIL_MBOX:
	case DOTQMAIL_MAILDIR:
	case DOTQMAIL_FORWARD:
		if (line->text < file->s || line->text + line->len >= end + 1)
			abort();
		if (line->text[line->len] != '\0')
			abort();
		if (memchr(line->text, '\n', line->len))
			abort();
		break;
	case DOTQMAIL_NOTHING:
	case DOTQMAIL_BLANK_START:
	case DOTQMAIL_FORWARD_ONLY:
		break;
	default:
		abort();
	}
	if (line->kind == DOTQMAIL_MAILDIR && line->text[line->len - 1] != '/')
		abort();
	if ((line->kind == DOTQMAIL_MAILDIR || line->kind == DOTQMAIL_MBOX) &&
		*line->text != '.' && *line->text != '/')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stralloc file = {0};
	struct dotqmail dot;
	struct dotqmail_line line;
	size_t lines = 0;
	size_t ends = 0;

	for (size_t i = 0; i < size; i++)
		ends += data[i] == '\n';
	if (!size || data[size - 1] != '\n')
		ends++;
	sa_copyb(&file, data, (slen)size);
	dotqmail_start(&dot, &file);
	while (dotqmail_next(&dot, &line)) {
		if (++lines > ends)
			abort();
		check_line(&line, &file);
	}
	if (lines != ends)
		abort();
	sa_free(&file);
	return 0;
}
