/* SPDX-License-Identifier: 0BSD */
/* Reports of any bytes from a spawner whose numbers have two bytes, while 600
 * deliveries are under way: only those get an outcome, each once; a slot that was freed
 * is taken again, the lowest first.
 *
 * Input: what the spawner says. */
#define _GNU_SOURCE
#include "spawner.h"

#include "queue/spawn-command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 600 };

static int under_way[SLOTS]; /* by slot, which is also the record's place */
static char job;             /* what they are part of: never looked into */

static void settle(struct delivery *delivery, const char *report, slen n)
{
	off_t slot = delivery->at;

	if (slot < 0 || slot >= SLOTS || !under_way[slot] ||
		(char *)delivery->job != &job)
		abort();
	spawner_check_report(report, n);
	under_way[slot] = 0;
}

/* The command that was written has the lowest number that was free. */
static void check_command(size_t lowest)
{
	struct spawn_command command = {.wide = 1};
	char text[256];
	ssize_t n;
	int found = 0;

	spawner_serve(0);
	n = read(commands[0], text, sizeof text);
	for (ssize_t i = 0; i < n; i++)
		found += spawn_command_byte(&command, text[i]);
	if (found != 1 || command.field != SPAWN_NUMBER ||
		command.number != lowest)
		abort();
	spawn_command_free(&command);
}

static void fill(void)
{
	for (size_t slot = 0; slot < SLOTS; slot++) {
		if (under_way[slot])
			continue;
		if (!channel_has_room(CHANNEL_REMOTE))
			abort();
		under_way[slot] = 1;
		channel_deliver(CHANNEL_REMOTE, (struct job *)&job, 100, "s@x",
			"r@y", (off_t)slot);
		check_command(slot);
	}
	if (channel_has_room(CHANNEL_REMOTE))
		abort();
}

/* The answer stands there before the question, which nobody reads in time. */
static void start(void)
{
	static const char answer[] = "x\xffW600 words";
	char request[64];

	tree_catch_log();
	if (pipe2(commands, 0) < 0 || pipe2(reports, 0) < 0 ||
		write(reports[1], answer, sizeof answer) != sizeof answer ||
		channel_open(CHANNEL_REMOTE, commands[1], reports[0], 1000) <
			0 ||
		channel_max(CHANNEL_REMOTE) != SLOTS ||
		read(commands[0], request, sizeof request) != 12 ||
		fcntl(commands[0], F_SETFL, O_NONBLOCK) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char end[] = "\xff\xff\xff";

	if (size > 30000)
		return 0;
	if (scratch_enter())
		start();
	fill();
	spawner_say(data, size);
	spawner_say(end, sizeof end);
	if (requests.stop)
		abort();
	tree_check_log();
	scratch_leave();
	return 0;
}
