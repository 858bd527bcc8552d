/* SPDX-License-Identifier: 0BSD */
/* Taking forged results out of a message does the same whatever pieces it comes in; only
 * whole lines, or what stands behind a CR, are left out; what stays has none of our fields;
 * and everything behind the first empty line stays.
 *
 * Input: a byte for the size of the pieces, then the message. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/auth-strip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void keep(void *to, const char *from, size_t n)
{
	sa_catb(to, from, n);
}

static void strip(
	struct stralloc *left, const char *from, size_t n, size_t step)
{
	static char name[] = "mx.test";
	struct stralloc own = {.s = name, .len = sizeof name - 1};
	struct auth_strip *one = malloc(sizeof *one);

	auth_strip_start(one, &own, keep, left);
	for (size_t at = 0; at < n; at += step) {
		size_t now = n - at < step ? n - at : step;
		char *copy = malloc(now);

		memcpy(copy, from + at, now);
		auth_strip_put(one, copy, now);
		free(copy);
	}
	auth_strip_end(one);
	free(one);
}

static const char *body(const char *from, size_t n)
{
	if (n && *from == '\n')
		return from;
	for (size_t i = 1; i < n; i++)
		if (from[i] == '\n' && from[i - 1] == '\n')
			return from + i;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct stralloc pieces = {0};
	struct stralloc once = {0};
	struct stralloc again = {0};
	const char *rest;
	size_t n = size - 1;

	if (size < 2)
		return 0;
	strip(&pieces, text, n, data[0] ? data[0] : 1);
	strip(&once, text, n, n);
	check(once.len == pieces.len && once.len <= n);
	check(!once.len || memcmp(once.s, pieces.s, once.len) == 0);
	strip(&again, once.s, once.len, once.len ? once.len : 1);
	check(again.len == once.len);
	check(!again.len || memcmp(again.s, once.s, again.len) == 0);
	rest = body(text, n);
	if (rest) {
		size_t tail = n - (size_t)(rest - text);

		check(once.len >= tail &&
			memcmp(once.s + once.len - tail, rest, tail) == 0);
	}
	sa_free(&pieces);
	sa_free(&once);
	sa_free(&again);
	return 0;
}
