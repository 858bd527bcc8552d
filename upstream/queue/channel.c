/* SPDX-License-Identifier: 0BSD */
/* The two channels: slots, commands to the spawners, their reports. */
#include "queue/channel.h"

#include <errno.h>
#include <string.h>

#include "lib/io/fd.h"
#include "lib/str/alloc.h"
#include "queue/layout.h"
#include "queue/send-log.h"

/* Bytes of a report, its delivery number included, that are looked at. Spawners
 * can send more; the rest of a report is dropped. */
enum { REPORT_MAX = 10000 };

struct link {
	int commands;
	int reports;
	int alive;
	size_t max;
	size_t used;
	struct delivery *slots;  /* max of them */
	struct stralloc command; /* what is still to be written of one */
	slen sent;
	struct stralloc report; /* what has been read of one */
};

const char *const channel_names[CHANNELS] = {"local", "remote"};

static struct link links[CHANNELS];
static unsigned long last_number;

int channel_open(enum channel channel, int commands, int reports, size_t wanted)
{
	struct link *link = &links[channel];
	unsigned char hello;

	if (fd_read(reports, &hello, 1) != 1)
		return -1;
	if (fd_nonblock(commands, 1) < 0 || fd_nonblock(reports, 1) < 0)
		return -1;
	link->commands = commands;
	link->reports = reports;
	link->alive = 1;
	link->max = wanted < hello ? wanted : hello;
	link->slots = alloc_get(link->max * sizeof *link->slots);
	memset(link->slots, 0, link->max * sizeof *link->slots);
	return 0;
}

size_t channel_max(enum channel channel)
{
	return links[channel].max;
}

int channel_has_room(enum channel channel)
{
	const struct link *link = &links[channel];

	return link->alive && link->used < link->max && !link->command.len;
}

int channel_idle(enum channel channel)
{
	return !links[channel].alive || !links[channel].used;
}

void channels_log_status(void)
{
	log_text("status:");
	for (int c = 0; c < CHANNELS; ++c) {
		log_text(" ");
		log_text(channel_names[c]);
		log_text(" ");
		log_number(links[c].used);
		log_text("/");
		log_number(links[c].max);
	}
	if (requests.stop)
		log_text(" exitasap");
	log_end();
}

/* Writes the command down; it leaves when the spawner takes it. */
static void compose(struct stralloc *command, size_t slot, unsigned long id,
	const char *sender, const char *recipient)
{
	struct stralloc path = {0};

	sa_clear(command);
	sa_catc(command, (char)slot);
	sa_cats(command, layout_split(&path, "mess", id) + strlen("mess/"));
	sa_0(command);
	sa_cats(command, sender);
	sa_0(command);
	sa_cats(command, recipient);
	sa_0(command);
	sa_free(&path);
}

void channel_deliver(enum channel channel, struct job *job, unsigned long id,
	const char *sender, const char *recipient, off_t at)
{
	struct link *link = &links[channel];
	struct delivery *delivery = link->slots;

	while (delivery->job)
		++delivery;
	delivery->job = job;
	delivery->number = ++last_number;
	delivery->at = at;
	sa_copys(&delivery->recipient, recipient);
	++link->used;
	compose(&link->command, (size_t)(delivery - link->slots), id, sender,
		recipient);
	link->sent = 0;
	log_text("starting delivery ");
	log_number(delivery->number);
	log_text(": msg ");
	log_number(id);
	log_text(" to ");
	log_text(channel_names[channel]);
	log_text(" ");
	log_safe(recipient, (slen)strlen(recipient));
	log_end();
	channels_log_status();
}

static void lose(struct link *link)
{
	link->alive = 0;
	sa_clear(&link->command);
	log_line("alert: oh no! lost spawn connection! dying...", NULL);
	requests.stop = 1;
}

/* Returns 0, or -1 if nobody is there to take it. */
static int send_command(struct link *link)
{
	ssize_t n = fd_write(link->commands, link->command.s + link->sent,
		link->command.len - link->sent);

	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	link->sent += (slen)n;
	if (link->sent == link->command.len)
		sa_clear(&link->command);
	return 0;
}

/* A report is complete: the slot's number, then the report proper. */
static void hand_over(struct link *link, channel_outcome *outcome)
{
	size_t slot = (unsigned char)link->report.s[0];
	struct delivery *delivery;

	if (slot >= link->max || !link->slots[slot].job) {
		log_line("warning: internal error: "
			 "delivery report out of range",
			NULL);
		return;
	}
	delivery = &link->slots[slot];
	outcome(delivery, link->report.s + 1, link->report.len - 1);
	delivery->job = NULL;
	sa_free(&delivery->recipient);
	--link->used;
	channels_log_status();
}

/* Reads what has come. Returns 1; 0 if nothing more has for now; -1 if nothing
 * more ever will. */
static int take_reports(struct link *link, channel_outcome *outcome)
{
	char part[2048];
	ssize_t n = fd_read(link->reports, part, sizeof part);

	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 0 : -1;
	for (ssize_t i = 0; i < n; ++i) {
		/* the first byte is a number, even if it is 0 */
		if (part[i] != '\0' || link->report.len == 0) {
			if (link->report.len < REPORT_MAX)
				sa_catc(&link->report, part[i]);
			continue;
		}
		hand_over(link, outcome);
		sa_clear(&link->report);
	}
	return 1;
}

void channels_watch(struct watch *watch)
{
	for (int c = 0; c < CHANNELS; ++c) {
		if (!links[c].alive)
			continue;
		watch_read(watch, links[c].reports);
		if (links[c].command.len)
			watch_write(watch, links[c].commands);
	}
}

static void serve(
	struct link *link, const struct watch *watch, channel_outcome *outcome)
{
	if (link->command.len && watch_writable(watch, link->commands) &&
		send_command(link) < 0) {
		/* what it said with its last breath counts */
		while (take_reports(link, outcome) > 0)
			;
		lose(link);
	} else if (watch_readable(watch, link->reports) &&
		take_reports(link, outcome) < 0) {
		lose(link);
	}
}

void channels_serve(const struct watch *watch, channel_outcome *outcome)
{
	for (int c = 0; c < CHANNELS; ++c)
		if (links[c].alive)
			serve(&links[c], watch, outcome);
}
