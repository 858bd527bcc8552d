/* SPDX-License-Identifier: 0BSD */
/* Address lists of any bytes: found, joined, printed, and found again. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inject/rewrite.h"
#include "lib/mail/addrlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static void check_same_token(const struct token *a, const struct token *b)
{
	struct stralloc x = {0};
	struct stralloc y = {0};

	token_value(&x, a);
	token_value(&y, b);
	check(a->kind == b->kind, "another kind of token");
	check(x.len == y.len && (!x.len || !memcmp(x.s, y.s, x.len)),
		"another value");
	sa_free(&x);
	sa_free(&y);
}

static void check_same(const struct tokens *a, const struct tokens *b)
{
	check(a->count == b->count, "another number of tokens");
	for (slen i = 0; i < a->count; i++)
		check_same_token(&a->at[i], &b->at[i]);
}

/* What is printed is read as the same tokens and the same addresses. */
static void check_print(
	const struct tokens *joined, const struct addrlist *list)
{
	struct stralloc text = {0};
	struct tokens again = {0};
	struct addrlist found = {0};

	sa_copys(&text, "To:");
	tokens_print(&text, joined);
	check(tokens_scan(&again, text.s + 3, text.len - 3) == 0, "bad tokens");
	check_same(joined, &again);
	check(addrlist_find(&found, &again) == 0, "bad list");
	check(found.count == list->count, "another number of addresses");
	for (slen i = 0; i < found.count; i++)
		check_same(&found.at[i].words, &list->at[i].words);
	sa_free(&text);
	tokens_free(&again);
	addrlist_free(&found);
}

/* Every address can be completed, and has a host or is empty then. */
static void check_rewrite(struct addrlist *list)
{
	static const char names[] = "@h.d";
	struct rewriter rewriter = {0};
	struct stralloc flat = {0};

	check(tokens_scan(&rewriter.host, names, 2) == 0, "host");
	check(tokens_scan(&rewriter.domain, names + 2, 2) == 0, "domain");
	check(tokens_scan(&rewriter.plus, names + 2, 2) == 0, "plus");
	for (slen i = 0; i < list->count; i++) {
		rewrite_address(&list->at[i].words, &rewriter);
		sa_clear(&flat);
		tokens_flat(&flat, &list->at[i].words);
		check(!flat.len || memchr(flat.s, '@', flat.len), "no host");
	}
	sa_free(&flat);
	tokens_free(&rewriter.host);
	tokens_free(&rewriter.domain);
	tokens_free(&rewriter.plus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tokens words = {0};
	struct tokens joined = {0};
	struct addrlist list = {0};
	struct stralloc text = {0};

	if (tokens_scan(&words, (const char *)data, (slen)size) == 0 &&
		addrlist_find(&list, &words) == 0) {
		addrlist_join(&joined, &list);
		/* an atom keeps only its bytes, not what made them harmless */
		if (!memchr(data, '\\', size))
			check_print(&joined, &list);
		check_rewrite(&list);
		tokens_clear(&joined);
		addrlist_join(&joined, &list);
		tokens_print(&text, &joined);
	}
	addrlist_free(&list);
	tokens_free(&words);
	tokens_free(&joined);
	sa_free(&text);
	return 0;
}
