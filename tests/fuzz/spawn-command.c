/* SPDX-License-Identifier: 0BSD */
/* Spawner commands of any bytes: strings are ended, and a command that is called sound
 * names a file below the current directory and a recipient with a host.
 *
 * Input: what qmail-send would write. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/spawn-command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const struct stralloc *text)
{
	if (!text->len || text->s[text->len - 1] != '\0' ||
		memchr(text->s, '\0', text->len - 1))
		abort();
}

static void check_command(struct spawn_command *command)
{
	const char *fault;
	slen at = 0;
	int fd;

	check_string(&command->message);
	check_string(&command->sender);
	check_string(&command->recipient);
	fault = spawn_command_fault(command, &at);
	if (fault) {
		if (!strchr("KZD", *fault))
			abort();
		return;
	}
	if (command->message.s[0] == '/' ||
		strspn(command->message.s, "0123456789/") !=
			command->message.len - 1 ||
		at >= command->recipient.len ||
		command->recipient.s[at] != '@' ||
		strchr(command->recipient.s + at + 1, '@'))
		abort();
	fd = spawn_command_open(command, getuid(), &fault);
	if (fd >= 0)
		close(fd);
	else if (!fault)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spawn_command command = {0};

	for (size_t i = 0; i < size; i++)
		if (spawn_command_byte(&command, (char)data[i]))
			check_command(&command);
	spawn_command_free(&command);
	return 0;
}
