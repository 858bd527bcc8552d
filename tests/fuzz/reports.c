/* SPDX-License-Identifier: 0BSD */
/* Reports of any bytes from a spawner: only deliveries under way get an
 * outcome, each once, without a NUL and no longer than is looked at; and a
 * command that qmail-send writes is one command to the spawner.
 *
 * Input: a sender and a recipient, each to the first NUL; what the spawner
 * says. */
#define _GNU_SOURCE
#include "spawner.h"

#include <errno.h>

#include "queue/spawn-command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 3 };

static int under_way[SLOTS]; /* by the place of the recipient's record */
static char jobs[SLOTS];     /* what they are part of: never looked into */

static void settle(struct delivery *delivery, const char *report, slen n)
{
	if (delivery->at < 0 || delivery->at >= SLOTS ||
		!under_way[delivery->at] ||
		(char *)delivery->job != jobs + delivery->at)
		abort();
	spawner_check_report(report, n);
	under_way[delivery->at] = 0;
}

/* The command that was written is the one that was meant. */
static void check_command(const char *sender, const char *recipient)
{
	static char text[1 << 17];
	struct spawn_command command = {0};
	ssize_t n;
	int found = 0;

	spawner_serve(0);
	n = read(commands[0], text, sizeof text);
	for (ssize_t i = 0; i < n; i++) {
		if (!spawn_command_byte(&command, text[i]))
			continue;
		if (strcmp(command.message.s, "8/100") != 0 ||
			strcmp(command.sender.s, sender) != 0 ||
			strcmp(command.recipient.s, recipient) != 0 ||
			i + 1 != n)
			abort();
		found++;
	}
	if (found != 1)
		abort();
	sa_free(&command.message);
	sa_free(&command.sender);
	sa_free(&command.recipient);
}

static void fill(const char *sender, const char *recipient)
{
	for (int i = 0; i < SLOTS; i++) {
		if (!channel_has_room(CHANNEL_REMOTE))
			abort();
		under_way[i] = 1;
		channel_deliver(CHANNEL_REMOTE, (struct job *)(jobs + i), 100,
			sender, recipient, i);
		check_command(sender, recipient);
	}
	if (channel_has_room(CHANNEL_REMOTE))
		abort();
}

static void start(void)
{
	tree_catch_log();
	if (pipe2(commands, O_NONBLOCK) < 0 || pipe2(reports, O_NONBLOCK) < 0 ||
		fcntl(commands[1], F_SETPIPE_SZ, 1 << 17) < 0 ||
		write(reports[1], "\x03", 1) != 1 ||
		channel_open(CHANNEL_REMOTE, commands[1], reports[0], 100) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char end[] = "\xff\0\0Z\0\1Z\0\2Z";
	char *texts[2];
	size_t n;

	if (size > 30000)
		return 0;
	if (scratch_enter())
		start();
	for (int i = 0; i < 2; i++) {
		n = strnlen((const char *)data, size);
		texts[i] = strndup((const char *)data, n);
		data += n < size ? n + 1 : n;
		size -= n < size ? n + 1 : n;
	}
	fill(texts[0], texts[1]);
	spawner_say(data, size);
	spawner_say(end, sizeof end);
	for (int i = 0; i < SLOTS; i++)
		if (under_way[i])
			abort();
	if (!channel_idle(CHANNEL_REMOTE) || requests.stop)
		abort();
	tree_check_log();
	free(texts[0]);
	free(texts[1]);
	scratch_leave();
	return 0;
}
