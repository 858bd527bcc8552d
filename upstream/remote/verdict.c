/* SPDX-License-Identifier: 0BSD */
/* What qmail-rspawn makes of qmail-remote's output. */
#include "remote/verdict.h"

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/str/byte.h"

/* The better the higher. */
enum fate { NEVER, LATER, DELIVERED };

static const char letters[] = {[NEVER] = 'D', [LATER] = 'Z', [DELIVERED] = 'K'};

/* Stores the fate a letter stands for. Returns 0 if it is no such letter. */
static int fate_of(char letter, enum fate *fate)
{
	for (*fate = NEVER; *fate < DELIVERED; (*fate)++)
		if (letters[*fate] == letter)
			return 1;
	return letters[DELIVERED] == letter;
}

/* The fate of the message, from the first whole piece that tells one. */
static enum fate message_fate(const char *text, slen n)
{
	enum fate fate;

	while (n > 0) {
		slen piece = byte_find(text, n, '\0');

		if (piece == n)
			break;
		if (fate_of(text[0], &fate))
			return fate;
		text += piece + 1;
		n -= piece + 1;
	}
	return NEVER;
}

/* The recipient's own piece decides if the server refused it. */
static enum fate recipient_fate(char letter, enum fate message)
{
	return letter == 's' ? LATER : letter == 'h' ? NEVER : message;
}

static void combine(struct outbuf *out, const char *text, slen n)
{
	enum fate message = message_fate(text, n);
	enum fate fate = recipient_fate(text[0], message);
	enum fate ignored;
	slen next;

	outbuf_putc(out, letters[fate]);
	text++;
	n--;
	next = byte_find(text, n, '\0');
	if (next == n)
		return;
	outbuf_put(out, text, next);
	text += next + 1;
	n -= next + 1;
	/* what became of the message says nothing here if it fared better */
	if (message <= fate && n > 0 && fate_of(text[0], &ignored))
		outbuf_put(out, text + 1, byte_find(text + 1, n - 1, '\0'));
}

void verdict_put(struct outbuf *out, int status, const char *text, slen n)
{
	if (wait_crashed(status))
		outbuf_puts(out, "Zqmail-remote crashed.\n");
	else if (wait_exitcode(status) == EXIT_TEMP)
		outbuf_puts(out, "ZUnable to run qmail-remote.\n");
	else if (wait_exitcode(status) != 0)
		outbuf_puts(out, "DUnable to run qmail-remote.\n");
	else if (n == 0)
		outbuf_puts(out, "Zqmail-remote produced no output.\n");
	else
		combine(out, text, n);
}
