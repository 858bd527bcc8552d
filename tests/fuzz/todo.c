/* SPDX-License-Identifier: 0BSD */
/* Envelopes of any bytes in todo: either preprocessing says no and todo stays,
 * or there is an info file that is what F said, and local and remote hold one
 * sound record for each T, in order.
 *
 * Input: the file in todo. */
#define _GNU_SOURCE
#include "queue-tree.h"

#include "queue/agenda.h"
#include "queue/cleaner.h"
#include "queue/preprocess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ID = 100 };

static int added[CHANNELS];
static int over;
static char text[1 << 20];

int cleaner_remove_todo(unsigned long id)
{
	return id == ID && unlink("todo/100") == 0;
}

int cleaner_remove_mess(unsigned long id)
{
	(void)id;
	abort();
}

void agenda_add(enum channel channel, unsigned long id, time_t when)
{
	if (id != ID || when > time(NULL))
		abort();
	added[channel]++;
}

void agenda_add_over(unsigned long id, time_t when)
{
	(void)when;
	if (id != ID)
		abort();
	over++;
}

/* How many records of a type the envelope has, ended ones only. Returns -1 if
 * one is of no known type. */
static long count(const uint8_t *data, size_t size, char type)
{
	const uint8_t *end;
	long found = 0;

	for (; size && (end = memchr(data, '\0', size)); data = end + 1) {
		if (!strchr("upFT", *data) || !*data)
			return -1;
		found += *data == (uint8_t)type;
		size -= (size_t)(end - data) + 1;
	}
	return found;
}

/* How many recipients the channel's file has. */
static long recipients(enum channel channel)
{
	struct stralloc path = {0};
	ssize_t n = tree_get(layout_split(&path, channel_names[channel], ID),
		text, sizeof text);
	long found = 0;

	if ((n >= 0) != (added[channel] == 1))
		abort();
	for (ssize_t at = 0; at < n; found++) {
		char *end = memchr(text + at, '\0', (size_t)(n - at));

		if (!end || text[at] != 'T' || !strchr(text + at, '@'))
			abort();
		at = end - text + 1;
	}
	unlink(path.s);
	sa_free(&path);
	return found;
}

static void check_success(const uint8_t *data, size_t size)
{
	struct stralloc sender = {0};
	long local = recipients(CHANNEL_LOCAL);
	long remote = recipients(CHANNEL_REMOTE);
	long wanted = count(data, size, 'T');
	time_t birth;
	int readable = sender_read(ID, &sender, &birth) == 0;

	if (wanted < 0 || local + remote != wanted || over != (wanted == 0) ||
		access("todo/100", F_OK) == 0)
		abort();
	if (readable != (count(data, size, 'F') > 0))
		abort();
	if (readable && strlen(sa_cstr(&sender)) != sender.len)
		abort();
	sa_free(&sender);
}

static void start(void)
{
	tree_make();
	tree_put("mess/8/100", "x\n", 2);
	tree_catch_log();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (scratch_enter())
		start();
	tree_put("todo/100", data, size);
	over = added[0] = added[1] = 0;
	if (preprocess(ID) == 0) {
		check_success(data, size);
	} else {
		if (count(data, size, 'T') >= 0 || over || added[0] ||
			added[1] || access("todo/100", F_OK) < 0)
			abort();
		unlink("local/8/100");
		unlink("remote/8/100");
	}
	unlink("info/8/100");
	tree_check_log();
	scratch_leave();
	return 0;
}
