/* SPDX-License-Identifier: 0BSD */
/* The protocol of qmail-spf: whatever is taken for a question or a reply is one, and means
 * the same when it is sent again; a reply's strings are safe.
 *
 * Input: the bytes of the message. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spf/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void safe(const struct stralloc *text, slen max)
{
	check(text->len <= max);
	for (slen i = 0; i < text->len; i++)
		check(text->s[i] >= ' ' && text->s[i] < 127);
}

static int same(const struct stralloc *a, const struct stralloc *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->s, b->s, a->len));
}

static void question(const char *bytes, size_t size)
{
	struct spf_question one = {0};
	struct spf_question two = {0};
	struct stralloc out = {0};

	if (spf_question_get(&one, bytes, size) == 0) {
		spf_question_put(&out, &one);
		check(out.len <= size);
		check(spf_question_get(&two, out.s, out.len) == 0);
		check(same(&one.ip, &two.ip) && same(&one.sender, &two.sender));
		check(same(&one.helo, &two.helo) && same(&one.show, &two.show));
	}
	spf_question_free(&one);
	spf_question_free(&two);
	sa_free(&out);
}

static void reply(const char *bytes, size_t size)
{
	struct spf_reply one = {0};
	struct spf_reply two = {0};
	struct stralloc out = {0};

	if (spf_reply_get(&one, bytes, size) == 0) {
		check(one.result < SPF_RESULTS);
		safe(&one.domain, 255);
		safe(&one.comment, SPF_COMMENT_MAX);
		safe(&one.explain, SPF_EXPLAIN_MAX);
		spf_reply_put(&out, &one);
		check(spf_reply_get(&two, out.s, out.len) == 0);
		check(one.result == two.result && one.guessed == two.guessed);
		check(same(&one.explain, &two.explain));
	}
	spf_reply_free(&one);
	spf_reply_free(&two);
	sa_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1);

	memcpy(bytes, data, size);
	question(bytes, size);
	reply(bytes, size);
	free(bytes);
	return 0;
}
