/* SPDX-License-Identifier: 0BSD */
/* A look-up table made from a control list. */
#include "lib/mail/constmap.h"

#include <string.h>

#include "lib/str/alloc.h"
#include "lib/str/byte.h"
#include "lib/str/case.h"

/* FNV-1a over the folded bytes. */
static uint32_t hash_of(const char *s, slen n)
{
	uint32_t h = 2166136261U;

	for (; n; n--, s++)
		h = (h ^ (unsigned char)case_fold(*s)) * 16777619U;
	return h;
}

/* A chain is entered at its front, so a later line hides an earlier one. */
static void enter(
	struct constmap *map, const char *key, slen keylen, const char *value)
{
	struct constmap_entry *entry = &map->entries[map->count++];
	slen *head;

	entry->key = key;
	entry->keylen = keylen;
	entry->value = value;
	entry->hash = hash_of(key, keylen);
	head = &map->heads[entry->hash & map->mask];
	entry->next = *head;
	*head = map->count;
}

static slen count_lines(const struct stralloc *lines)
{
	slen count = 0;

	for (slen i = 0; i < lines->len; i++)
		count += lines->s[i] == '\0';
	return count;
}

void constmap_make(struct constmap *map, const struct stralloc *lines,
	enum constmap_kind kind)
{
	slen count = count_lines(lines);
	slen chains = 1;

	constmap_free(map);
	sa_copy(&map->text, lines);
	while (chains < count)
		chains *= 2;
	map->mask = chains - 1;
	map->entries = alloc_get(sizeof *map->entries * (size_t)(count + 1));
	map->heads = alloc_get(sizeof *map->heads * (size_t)chains);
	memset(map->heads, 0, sizeof *map->heads * (size_t)chains);
	for (slen at = 0, n; at < map->text.len; at += n + 1) {
		const char *line = map->text.s + at;
		slen key;

		n = (slen)strlen(line);
		key = kind == CONSTMAP_PAIRS ? byte_find(line, n, ':') : n;
		if (kind == CONSTMAP_PAIRS && key == n)
			continue;
		enter(map, line, key,
			kind == CONSTMAP_PAIRS ? line + key + 1 : "");
	}
}

const char *constmap_find(const struct constmap *map, const char *key, slen n)
{
	uint32_t hash;
	slen at;

	if (!map->count)
		return NULL;
	hash = hash_of(key, n);
	for (at = map->heads[hash & map->mask]; at;) {
		const struct constmap_entry *entry = &map->entries[at - 1];

		if (entry->hash == hash &&
			case_same(entry->key, entry->keylen, key, n))
			return entry->value;
		at = entry->next;
	}
	return NULL;
}

void constmap_free(struct constmap *map)
{
	alloc_release(map->entries);
	alloc_release(map->heads);
	sa_free(&map->text);
	*map = (struct constmap){0};
}
