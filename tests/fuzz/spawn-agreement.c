/* SPDX-License-Identifier: 0BSD */
/* The agreement on more deliveries, of any bytes: an answer gives a limit in its range
 * and words that lie within it, or is none; a request is one only in its exact form;
 * numbers of one and two bytes come out as they went in.
 *
 * Input: a byte whose lowest bit says whether numbers are wide already; then what
 * qmail-send would write to the spawner, which is also looked at as an answer. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "queue/spawn.h"
#include "queue/wide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	const char *why = NULL;
	size_t limit = 7;
	int r = wide_understand(text, &limit, &why);

	if (r == 1) {
		if (*text != 'W' || limit < 1 || limit > WIDE_MAX ||
			why < text + 2 || why > text + strlen(text))
			abort();
	} else if (limit != 7 || why ||
		(r == 0) != (*text == 'Z' || *text == 'D')) {
		abort();
	}
	free(text);
}

/* A complete command, whose bytes, but for the number, are these. */
static void check_command(
	struct spawn_command *command, const uint8_t *data, size_t n)
{
	size_t wanted = wide_wanted(command);
	struct stralloc again = {0};

	if (command->number > (command->wide ? 65535 : 255))
		abort();
	wide_cat_number(&again, command->wide, command->number);
	if (wide_number(again.s, command->wide) != command->number)
		abort();
	if (wanted) {
		if (command->wide || wanted <= SPAWN_MAX || wanted > 9999999999)
			abort();
		wide_put_request(&again, wanted);
		/* the same bytes, but that the number may begin with zeros */
		if ((unsigned char)again.s[0] != command->number ||
			again.len > n + 1 ||
			memcmp(again.s + 1, data, strlen("wide") + 1) != 0 ||
			memcmp(again.s + again.len - 3, data + n - 3, 3) != 0)
			abort();
	}
	sa_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spawn_command command = {0};
	size_t start;

	if (!size)
		return 0;
	command.wide = data[0] & 1;
	start = 1 + (size_t)command.wide + 1;
	check_answer(data + 1, size - 1);
	for (size_t i = 1; i < size; i++)
		if (spawn_command_byte(&command, (char)data[i])) {
			check_command(&command, data + start, i + 1 - start);
			start = i + 1 + (size_t)command.wide + 1;
		}
	spawn_command_free(&command);
	return 0;
}
