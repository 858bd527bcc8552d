/* SPDX-License-Identifier: 0BSD */
/* Any bytes in a file of the queue: the verdict does not depend on the pieces in which they
 * are read, and is that of the whole file as qmail-queue(5) has it.
 *
 * Input: a byte that says which folder, one that says how long the pieces are, the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "queue/fix-format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whole records only, of these types (null: any); counts them and those of type F. */
static int records(const char *text, size_t n, const char *types, long *count, long *senders)
{
	const char *end;

	for (*count = *senders = 0; n; ++*count) {
		end = memchr(text, '\0', n);
		if (!end || end == text || (types && !strchr(types, *text)))
			return 0;
		*senders += *text == 'F';
		n -= (size_t)(end - text) + 1;
		text = end + 1;
	}
	return 1;
}

static int begins(const char *text, size_t n, const char *start)
{
	return n == 0 || (n >= strlen(start) && memcmp(text, start, strlen(start)) == 0);
}

static int wanted(enum fix_part part, const char *text, size_t n)
{
	long count;
	long senders;

	switch (part) {
	case FIX_TODO:
		return records(text, n, NULL, &count, &senders) && senders;
	case FIX_INFO:
		return records(text, n, "F", &count, &senders) && count == 1;
	case FIX_LOCAL:
	case FIX_REMOTE:
		return records(text, n, "TD", &count, &senders) && count;
	case FIX_MESS:
		return begins(text, n, "Received: (qmail ");
	case FIX_BOUNCE:
		return begins(text, n, "<");
	default:
		return begins(text, n, "u") && (n < 2 || (text[1] >= '0' && text[1] <= '9'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fix_format format;
	enum fix_part part;
	const char *text;
	size_t piece;

	if (size < 2)
		return 0;
	part = (enum fix_part)(data[0] % FIX_PARTS);
	piece = data[1] + 1U;
	text = (const char *)data + 2;
	size -= 2;
	fix_format_begin(&format, part);
	for (size_t at = 0; at < size; at += piece)
		fix_format_feed(&format, text + at, size - at < piece ? size - at : piece);
	if (fix_format_end(&format) != wanted(part, text, size))
		abort();
	return 0;
}
