/* SPDX-License-Identifier: 0BSD */
/* Any bytes as a start script: words come in order, lie within the text and its lines, and
 * none is in a comment. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doctor-words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static int in_comment(const char *line, const char *word)
{
	while (line < word && (*line == ' ' || *line == '\t'))
		line++;
	return *line == '#';
}

static unsigned long count_lines(const char *text, const char *end)
{
	unsigned long lines = 1;

	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* exactly as long as the text, so that a byte too many is seen */
	char *text = malloc(size ? size : 1);
	struct words words = {text, (slen)size, 0, 0, 0};
	const char *before = text;
	struct word word;
	enum words_kind kind;

	check(text != NULL, "no memory");
	if (size)
		memcpy(text, data, size);
	while ((kind = words_next(&words, &word)) != WORDS_END) {
		const char *end = word.name + word.size;

		check(word.name >= before && word.size > 0 && end <= text + size, "place");
		check(!memchr(word.name, '\n', word.size), "two lines");
		check(!in_comment(text + words.line, word.name), "comment");
		check(words.count == count_lines(text, word.name), "line");
		before = end;
		if (kind == WORDS_SET) {
			check(*end == '=' && word.value > end, "no assignment");
			check(word.value + word.value_size <= text + size, "value");
			check(!memchr(word.value, '\n', word.value_size), "long value");
			before = word.value + word.value_size;
		}
		words_rule_for_all(&words);
		words_has_arguments(&words, &word);
	}
	check(words.at == size, "not to the end");
	free(text);
	return 0;
}
