/* SPDX-License-Identifier: 0BSD */
/* What the two POP3 programs share: replies, and a session as a table of
 * commands (RFC 1939 section 3). */
#ifndef POP_COMMANDS_H
#define POP_COMMANDS_H

#include "lib/io/chat.h"

/* Seconds that a client may keep silent. */
enum { POP_PATIENCE = 1200 };

/* A command. The verb is given in lower case and matches in any. It returns
 * 0 to go on, or 1 to end the session. */
struct pop_command {
	const char *verb;
	int (*run)(void *job, char *arg);
};

/* Begins a good reply; puts a whole one; puts one for a failure with a text. */
void pop_ok_start(struct chat *chat);
void pop_ok(struct chat *chat);
void pop_error(struct chat *chat, const char *text);

/* Serves commands from a table, whose last verb is null: the function beside
 * that one takes every other command. Returns when one of them ends the
 * session, or the client is gone. */
void pop_serve(struct chat *chat, const struct pop_command *table, void *job);

/* Makes the lack of memory an error reply and the end of the process. */
void pop_watch_memory(struct chat *chat, int exitcode);

#endif
