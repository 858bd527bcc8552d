/* SPDX-License-Identifier: 0BSD */
/* What the two POP3 programs share. */
#include "pop/commands.h"

#include <unistd.h>

#include "lib/str/alloc.h"
#include "lib/str/case.h"

static struct chat *watched;
static int exit_without_memory;

void pop_ok_start(struct chat *chat)
{
	outbuf_puts(&chat->out, "+OK ");
}

void pop_ok(struct chat *chat)
{
	outbuf_puts(&chat->out, "+OK \r\n");
}

void pop_error(struct chat *chat, const char *text)
{
	outbuf_puts(&chat->out, "-ERR ");
	outbuf_puts(&chat->out, text);
	outbuf_puts(&chat->out, "\r\n");
}

static void no_memory(void)
{
	pop_error(watched, "out of memory");
	outbuf_flush(&watched->out);
	_exit(exit_without_memory);
}

void pop_watch_memory(struct chat *chat, int exitcode)
{
	watched = chat;
	exit_without_memory = exitcode;
	alloc_failed = no_memory;
}

void pop_serve(struct chat *chat, const struct pop_command *table, void *job)
{
	char *verb;
	char *arg;
	int over = 0;

	while (!over && chat_command(chat, &verb, &arg) == 1) {
		const struct pop_command *command = table;

		while (command->verb && !case_eqs(command->verb, verb))
			command++;
		over = command->run(job, arg);
	}
	outbuf_flush(&chat->out);
}
