/* SPDX-License-Identifier: 0BSD */
/* Files of any bytes in info and local, and reports of any bytes: a recipient
 * whose record says D is not delivered to, and every other once an attempt; who
 * is done with is marked; the file goes when all are, and nothing goes before.
 *
 * Input: what reports say, to the first NUL; info, to the first newline, with !
 * for NUL; local. */
#define _GNU_SOURCE
#include "queue-tree.h"

#include "queue/agenda.h"
#include "queue/dispatch.h"
#include "queue/job.h"
#include "queue/outcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ID = 100, MOST = 4096 };

const char *const channel_names[CHANNELS] = {"local", "remote"};

static int due;   /* the message can be taken from the agenda */
static int ended; /* it was given back */
static int over;
static const char *letters; /* of the reports to come, and */
static size_t letters_left;
static char was[1 << 16]; /* the file before */
static char is[1 << 16];
static size_t was_size;
static char done[MOST]; /* for each byte: a record there was reported done */
static size_t last;     /* behind the last record delivered to */

int agenda_take(enum channel channel, time_t now, unsigned long *id)
{
	(void)now;
	if (channel != CHANNEL_LOCAL || !due)
		return 0;
	due = 0;
	*id = ID;
	return 1;
}

void agenda_watch(enum channel channel, struct watch *watch)
{
	(void)channel;
	(void)watch;
}

void agenda_add(enum channel channel, unsigned long id, time_t when)
{
	if (channel != CHANNEL_LOCAL || id != ID || when <= 0)
		abort();
	ended++;
}

void agenda_add_over(unsigned long id, time_t when)
{
	(void)when;
	if (id != ID)
		abort();
	ended++;
	over++;
}

int channel_has_room(enum channel channel)
{
	(void)channel;
	return 1;
}

/* The spawner: reports at once what the input has next, K if there is no
 * more. */
void channel_deliver(enum channel channel, struct job *job, unsigned long id,
	const char *sender, const char *recipient, off_t at)
{
	struct delivery delivery = {.job = job, .number = 1, .at = at};
	size_t n = letters_left < 3 ? letters_left : 3;

	if (channel != CHANNEL_LOCAL || id != ID || (size_t)at >= was_size ||
		(size_t)at < last || was[at] != 'T' ||
		strcmp(was + at + 1, recipient) != 0)
		abort();
	if (strlen(sender) > 8 * was_size + 65536)
		abort();
	last = (size_t)at + strlen(recipient) + 2;
	sa_copys(&delivery.recipient, recipient);
	outcome_settle(&delivery, n ? letters : "K", n ? (slen)n : 1);
	done[at] = !n || *letters == 'K' || *letters == 'D' ||
		(*letters == 'Z' && job->last_attempt);
	sa_free(&delivery.recipient);
	letters += n;
	letters_left -= n;
}

/* The file is gone: its records were all D, or marked since. */
static void check_all_done(void)
{
	for (size_t at = 0; at < was_size; at += strlen(was + at) + 1) {
		if (at + strlen(was + at) == was_size)
			return; /* cut short */
		if (was[at] != 'D' && !done[at])
			abort();
	}
}

/* All that changed in the file is that some records' T became D. */
static void check_file(void)
{
	ssize_t n = tree_get("local/8/100", is, sizeof is);
	char *end;

	if (over != (n < 0))
		abort();
	if (over) {
		check_all_done();
		return;
	}
	if ((size_t)n != was_size)
		abort();
	for (size_t at = 0; at < was_size; at = (size_t)(end - was) + 1) {
		end = memchr(was + at, '\0', was_size - at);
		if (!end)
			break;
		if (is[at] != was[at] && (is[at] != 'D' || was[at] != 'T'))
			abort();
		if (memcmp(is + at + 1, was + at + 1,
			    (size_t)(end - was) - at) != 0)
			abort();
	}
}

static void start(void)
{
	tree_make();
	tree_catch_log();
	jobs_init(1);
	dispatch_set_lifetime(1000);
}

static void set_up(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\0', size);
	char info[256];
	size_t n = 0;

	letters = (const char *)data;
	letters_left = end ? (size_t)(end - data) : 0;
	data += end ? letters_left + 1 : 0;
	size -= end ? letters_left + 1 : 0;
	while (n < size && n < sizeof info && data[n] != '\n') {
		info[n] = data[n] == '!' ? '\0' : (char)data[n];
		n++;
	}
	tree_put("info/8/100", info, n);
	data += n;
	size -= n;
	was_size = size < MOST ? size : MOST;
	memcpy(was, data, was_size);
	was[was_size] = '\0';
	tree_put("local/8/100", was, was_size);
	due = 1;
	ended = over = 0;
	last = 0;
	memset(done, 0, sizeof done);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (scratch_enter())
		start();
	set_up(data, size);
	for (int turns = 0; !ended; turns++) {
		if (turns > MOST)
			abort();
		dispatch_step(CHANNEL_LOCAL, time(NULL));
	}
	if (ended != 1 || !jobs_available())
		abort();
	check_file();
	tree_check_log();
	unlink("local/8/100");
	unlink("bounce/100");
	scratch_leave();
	return 0;
}
