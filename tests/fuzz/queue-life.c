/* SPDX-License-Identifier: 0BSD */
/* Envelopes of any bytes in todo, and reports of any bytes about the deliveries they
 * lead to: files of recipients stay lists of whole records, with marked ones at most
 * where there were open ones, and a bounce stays a list of whole paragraphs.
 *
 * Input: the envelope, 0xff, the reports. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/agenda.h"
#include "queue/bounce.h"
#include "queue/cleaner.h"
#include "queue/dispatch.h"
#include "queue/job.h"
#include "queue/outcome.h"
#include "queue/preprocess.h"
#include "queue/routing.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 3, TURNS = 60, INPUT_MAX = 30000 };

static int answers; /* what qmail-clean would write into */
static int reports[CHANNELS];

static void put(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static int connect_pipe(int *write_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	*write_end = ends[1];
	return ends[0];
}

/* Message 1 is the only one there ever is. */
static void make_world(void)
{
	static const char *const dirs[] = {"control", "todo", "bounce", "mess",
		"mess/1", "info", "info/1", "local", "local/1", "remote",
		"remote/1", 0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; dirs[i]; i++)
		mkdir(dirs[i], 0700);
	put("control/me", "me.example\n", 11);
	put("control/percenthack", "p.example\n", 10);
	put("control/virtualdomains", "v.example:joe\n.w:w\n", 19);
	put("mess/1/1", "x\n", 2);
	dup2(null, 0);
	if (routing_load() < 0 || bounce_load() < 0)
		abort();
	cleaner_open(null, connect_pipe(&answers));
	fcntl(answers, F_SETFL, O_NONBLOCK);
	for (enum channel c = 0; c < CHANNELS; c++) {
		int in = connect_pipe(&reports[c]);

		if (write(reports[c], "\3", 1) != 1 ||
			channel_open(c, null, in, SLOTS) < 0)
			abort();
	}
	jobs_init(2 * SLOTS);
	dispatch_set_lifetime(100);
}

static void check_records(const char *path, const char *types)
{
	static char text[1 << 17];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);

	for (ssize_t at = 0; at < n;) {
		char *end = memchr(text + at, '\0', (size_t)(n - at));

		if (!end || !text[at] || !strchr(types, text[at]) ||
			!strchr(text + at, '@'))
			abort();
		at = end - text + 1;
	}
	if (fd >= 0)
		close(fd);
}

static void check_bounce(void)
{
	static char text[1 << 20];
	int fd = open("bounce/1", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, text, sizeof text);
	close(fd);
	if (n < 4 || text[0] != '<' || memcmp(text + n - 2, "\n\n", 2) != 0)
		abort();
}

static void serve(time_t now, int steps)
{
	struct watch watch;

	watch_begin(&watch, now);
	watch.until = 0;
	channels_watch(&watch);
	watch_sleep(&watch, now);
	channels_serve(&watch, outcome_settle);
	for (enum channel c = 0; steps && c < CHANNELS; c++)
		dispatch_step(c, now);
}

/* Ends what is under way, so that the next input begins afresh. */
static void drain(void)
{
	static const char all[] = "\0Z\0\1Z\0\2Z";
	time_t far = (time_t)1 << 40;
	unsigned long id;

	/* an unfinished report is finished first */
	for (enum channel c = 0; c < CHANNELS; c++)
		if (write(reports[c], "\0", 2) != 2)
			abort();
	for (int idle = 0; idle < 3;) {
		for (enum channel c = 0; c < CHANNELS; c++)
			if (write(reports[c], all, sizeof all) != sizeof all)
				abort();
		serve(time(NULL), 1);
		idle = channel_idle(CHANNEL_LOCAL) &&
				channel_idle(CHANNEL_REMOTE)
			? idle + 1
			: 0;
	}
	for (enum channel c = 0; c < CHANNELS; c++)
		while (agenda_take(c, far, &id))
			;
	while (agenda_take_over(far, &id))
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *mark = size ? memchr(data, 0xff, size) : NULL;
	size_t envelope = mark ? (size_t)(mark - data) : size;
	size_t rest = mark ? size - envelope - 1 : 0;

	if (size > INPUT_MAX)
		return -1;
	if (scratch_enter())
		make_world();
	put("todo/1", data, envelope);
	if (write(answers, "+", 1) != 1) {
		/* refused envelopes left more than enough there */
	}
	if (preprocess(1) == 0) {
		check_records("local/1/1", "T");
		check_records("remote/1/1", "T");
		for (int i = 0; i < TURNS; i++) {
			size_t part = rest < 500 ? rest : 500;

			for (enum channel c = 0; part && c < CHANNELS; c++)
				if (write(reports[c], mark + 1, part) < 0)
					abort();
			if (part)
				mark += part;
			rest -= part;
			serve(time(NULL), 1);
		}
		check_records("local/1/1", "TD");
		check_records("remote/1/1", "TD");
		check_bounce();
	}
	drain();
	unlink("todo/1");
	unlink("bounce/1");
	scratch_leave();
	return 0;
}
