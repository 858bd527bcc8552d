/* SPDX-License-Identifier: 0BSD */
/* The language of .qmail files: bytes to instructions. */
#include "local/dotqmail.h"

#include <stddef.h>

#include "lib/str/byte.h"

/* What a line's first byte says about it. A line that begins with any other
 * byte is an address, all of it. */
static const struct mark {
	char byte;
	enum dotqmail_kind kind;
	slen length; /* of the mark; 0: it belongs to the text */
} marks[] = {
	{'#', DOTQMAIL_NOTHING, 0},
	{'|', DOTQMAIL_PROGRAM, 1},
	{'.', DOTQMAIL_MBOX, 0},
	{'/', DOTQMAIL_MBOX, 0},
	{'&', DOTQMAIL_FORWARD, 1},
	{'+', DOTQMAIL_FORWARD_ONLY, 1},
};

void dotqmail_start(struct dotqmail *dot, struct stralloc *file)
{
	if (!file->len || file->s[file->len - 1] != '\n')
		sa_catc(file, '\n');
	dot->file = file;
	dot->at = 0;
}

/* Sorts a line that is not empty. */
static void classify(struct dotqmail_line *line)
{
	size_t i;

	line->kind = DOTQMAIL_FORWARD;
	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i].byte == line->text[0]) {
			line->kind = marks[i].kind;
			line->text += marks[i].length;
			line->len -= marks[i].length;
			break;
		}
	if (line->kind == DOTQMAIL_MBOX && line->text[line->len - 1] == '/')
		line->kind = DOTQMAIL_MAILDIR;
	if (line->kind == DOTQMAIL_FORWARD_ONLY &&
		!byte_is(line->text, line->len, "list"))
		line->kind = DOTQMAIL_NOTHING;
}

int dotqmail_next(struct dotqmail *dot, struct dotqmail_line *line)
{
	char *from = dot->file->s + dot->at;
	slen left = dot->file->len - dot->at;
	slen n = byte_find(from, left, '\n');
	int first = dot->at == 0;

	if (!left)
		return 0;
	dot->at += n + 1;
	while (n && (from[n - 1] == ' ' || from[n - 1] == '\t'))
		n--;
	from[n] = 0;
	line->text = from;
	line->len = n;
	if (n)
		classify(line);
	else
		line->kind = first ? DOTQMAIL_BLANK_START : DOTQMAIL_NOTHING;
	return 1;
}
