/* SPDX-License-Identifier: 0BSD */
/* Reading what qmail-send tells a spawner: a delivery number byte, then the
 * message's path below queue/mess, the sender and the recipient, each ended by
 * NUL. */
#ifndef QUEUE_SPAWN_COMMAND_H
#define QUEUE_SPAWN_COMMAND_H

#include <sys/types.h>

#include "lib/str/stralloc.h"

enum spawn_field { SPAWN_NUMBER, SPAWN_MESSAGE, SPAWN_SENDER, SPAWN_RECIPIENT };

/* A zeroed struct is ready for the first byte. */
struct spawn_command {
	enum spawn_field field; /* which field the next byte belongs to */
	unsigned char number;
	int overlong; /* a field had no room and was not kept whole */
	struct stralloc message;
	struct stralloc sender;
	struct stralloc recipient;
};

/* Takes one byte. Returns 1 if it ended a command: then the three strings each
 * end with a NUL that counts in len, and stay until the next byte. */
int spawn_command_byte(struct spawn_command *command, char c);

/* Frees the memory; the struct is zeroed and usable again. */
void spawn_command_free(struct spawn_command *command);

/* What is wrong with a complete command, apart from its number: the report that
 * says so, letter first. Null: it is sound, and *at is the index of the
 * recipient's last @. A sound message path has only digits and slashes, no
 * slash in front. */
const char *spawn_command_fault(const struct spawn_command *command, slen *at);

/* Opens the message of a sound command, below the current directory, if it is
 * what qmail-queue leaves there: a regular file of owner's. Returns the
 * descriptor; -1 with the report that says why not in *fault. */
int spawn_command_open(
	const struct spawn_command *command, uid_t owner, const char **fault);

#endif
