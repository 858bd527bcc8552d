/* SPDX-License-Identifier: 0BSD */
/* Marks of recipients who are done with. */
#include "queue/marks.h"

#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/str/alloc.h"
#include "queue/layout.h"
#include "queue/send-log.h"

struct mark {
	unsigned long id;
	off_t at;
	enum channel channel;
};

/* The marks that could not be made; there are none as a rule. */
static struct mark *missing;
static slen count;
static slen room;

static struct stralloc path;

/* Overwrites the type of the recipient's record: one byte, so that no crash can
 * leave it half written. Returns 0, or -1 with path naming the file. */
static int write_mark(const struct mark *mark)
{
	int fd = open_write(
		layout_split(&path, channel_names[mark->channel], mark->id));
	int r;

	if (fd < 0)
		return -1;
	r = pwrite(fd, "D", 1, mark->at) == 1 ? 0 : -1;
	close(fd);
	return r;
}

void marks_put(enum channel channel, unsigned long id, off_t at)
{
	struct mark mark = {.id = id, .at = at, .channel = channel};

	if (write_mark(&mark) == 0)
		return;
	log_line("warning: cannot mark a recipient as done in ", path.s,
		"; a restart delivers again", NULL);
	missing = alloc_one_more(missing, count, &room, sizeof *missing);
	missing[count++] = mark;
}

int marks_lacks(enum channel channel, unsigned long id, off_t at)
{
	for (slen i = 0; i < count; ++i) {
		if (missing[i].id != id || missing[i].at != at ||
			missing[i].channel != channel)
			continue;
		if (write_mark(&missing[i]) == 0)
			missing[i] = missing[--count];
		return 1;
	}
	return 0;
}

void marks_forget(enum channel channel, unsigned long id)
{
	slen kept = 0;

	for (slen i = 0; i < count; ++i)
		if (missing[i].id != id || missing[i].channel != channel)
			missing[kept++] = missing[i];
	count = kept;
}
