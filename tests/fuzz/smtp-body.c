/* SPDX-License-Identifier: 0BSD */
/* The body after DATA, cut into any pieces, is what a byte-by-byte reading of the rule
 * says; nothing ends a message but CR LF . CR LF.
 *
 * Input: one byte that sets the size of the pieces, then what the client sends. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str/stralloc.h"
#include "smtp/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep(void *to, const char *from, size_t n)
{
	sa_catb(to, from, (slen)n);
}

/* The rule: lines end with CR LF, a line of one dot ends the message, another line's
 * first dot goes unless a CR follows it, a LF without CR is an error. Returns the bytes
 * used. */
static size_t by_the_rule(const char *s, size_t n, struct stralloc *out,
	enum smtp_body_state *end)
{
	size_t line = 0;

	*end = BODY_IN_LINE;
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\n')
			continue;
		if (i == line || s[i - 1] != '\r') {
			*end = BODY_BARE_LF;
			return i;
		}
		if (i - line == 2 && s[line] == '.') {
			*end = BODY_END;
			return i + 1;
		}
		if (s[line] == '.' && s[line + 1] != '\r')
			line++;
		sa_catb(out, s + line, (slen)(i - 1 - line));
		sa_catc(out, '\n');
		line = i + 1;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stralloc want = {0};
	struct stralloc got = {0};
	struct smtp_body body = {.put = keep, .to = &got};
	enum smtp_body_state end;
	const char *s = (const char *)data + 1;
	size_t n = size - 1;
	size_t step;
	size_t used = 0;
	size_t should;

	if (size < 1)
		return 0;
	step = data[0] ? data[0] : 1;
	should = by_the_rule(s, n, &want, &end);
	while (used < n && body.state != BODY_END &&
		body.state != BODY_BARE_LF) {
		size_t piece = n - used < step ? n - used : step;
		char *copy = malloc(piece);

		memcpy(copy, s + used, piece);
		used += smtp_body_decode(&body, copy, piece);
		free(copy);
	}
	if ((end == BODY_END) != (body.state == BODY_END) ||
		(end == BODY_BARE_LF) != (body.state == BODY_BARE_LF))
		abort();
	if (end != BODY_IN_LINE && used != should)
		abort();
	if (want.len > got.len ||
		(want.len && memcmp(want.s, got.s, want.len) != 0))
		abort();
	if (end == BODY_END && want.len != got.len)
		abort();
	sa_free(&want);
	sa_free(&got);
	return 0;
}
