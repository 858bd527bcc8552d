/* SPDX-License-Identifier: 0BSD */
/* Any bytes as the table of names: what is taken from it lies within it, is found again, and
 * does not depend on what stands behind the first damaged line. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/legacy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stralloc text;

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static void check_field(const char *field)
{
	check(field >= text.s && field < text.s + text.len, "outside");
	check(*field && !strpbrk(field, "\t\n"), "no field");
}

static void check_names(const struct legacy *table)
{
	for (slen i = 0; i < table->names_count; i++) {
		const struct legacy_name *name = &table->names[i];
		slen n = (slen)strlen(name->name);
		const struct legacy_name *found;

		check_field(name->name);
		check_field(name->from);
		check_field(name->code);
		check_field(name->meaning);
		/* an earlier entry may fit as well */
		found = legacy_find(table, name->kind, name->name, n);
		check(found && found <= name, "not found again");
	}
}

static void check_remedies(const struct legacy *table)
{
	for (slen i = 0; i < table->remedies_count; i++) {
		const struct legacy_remedy *remedy = &table->remedies[i];
		const struct legacy_remedy *found = legacy_remedy(table, remedy->code);

		check_field(remedy->code);
		check_field(remedy->text);
		check(remedy->level == 'n' || remedy->level == 'w' || remedy->level == 'x',
			"level");
		check(found && found <= remedy, "no remedy");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct legacy table = {0};
	struct legacy again = {0};
	unsigned long line;
	slen names, remedies;

	if (size > 65536)
		return 0;
	sa_copyb(&text, data, (slen)size);
	line = legacy_parse(&table, &text);
	check_names(&table);
	check_remedies(&table);
	names = table.names_count;
	remedies = table.remedies_count;
	legacy_free(&table);
	if (line) { /* the lines before the bad one make the same table */
		const uint8_t *at = data;

		for (unsigned long i = 1; i < line; i++)
			at = (const uint8_t *)memchr(at, '\n', size - (size_t)(at - data)) + 1;
		sa_copyb(&text, data, (slen)(at - data));
		check(legacy_parse(&again, &text) == 0, "good lines are refused");
		check(again.names_count == names && again.remedies_count == remedies, "count");
		legacy_free(&again);
	}
	return 0;
}
