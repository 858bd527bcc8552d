/* SPDX-License-Identifier: 0BSD */
/* The lengths of a message's header and lines are those of a reading line by line, and
 * the same whatever pieces it comes in; on the way they never pass what they end at.
 *
 * Input: a byte for the size of the pieces, then the message; a LF without CR gets
 * one, since that is what the counting may rely on. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str/stralloc.h"
#include "smtp/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct smtp_shape by_lines(const char *s, size_t n)
{
	struct smtp_shape want = {0};
	const char *lf;

	while (n && (lf = memchr(s, '\n', n))) {
		size_t whole = (size_t)(lf - s) + 1;
		size_t line = whole - (*s == '.');

		if (whole == 3 && *s == '.')
			line = 0; /* the end of a message */
		else if (whole == 2)
			want.in_body = 1;
		if (line > 2 && line > want.longest)
			want.longest = line;
		if (line > 2 && !want.in_body) {
			want.header += line;
			want.lines++;
		}
		s += whole;
		n -= whole;
	}
	return want;
}

static void check(int good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_shape got = {0};
	struct smtp_shape want;
	struct stralloc text = {0};
	size_t step;

	if (size < 2)
		return 0;
	step = data[0] ? data[0] : 1;
	for (size_t i = 1; i < size; i++) {
		if (data[i] == '\n' && (i == 1 || data[i - 1] != '\r'))
			sa_catc(&text, '\r');
		sa_catc(&text, (char)data[i]);
	}
	sa_cats(&text, "\r\n");
	if (text.len > 2 && text.s[text.len - 3] == '\r')
		text.s[text.len - 3] = 'x';
	want = by_lines(text.s, text.len);
	for (size_t at = 0; at < text.len; at += step) {
		size_t n = text.len - at < step ? text.len - at : step;
		char *copy = malloc(n);

		memcpy(copy, text.s + at, n);
		smtp_shape_scan(&got, copy, n);
		free(copy);
		check(got.header <= want.header);
		check(got.lines <= want.lines);
		check(got.longest <= want.longest);
	}
	check(got.header == want.header && got.lines == want.lines);
	check(got.longest == want.longest && got.in_body == want.in_body);
	sa_free(&text);
	return 0;
}
