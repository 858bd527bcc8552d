/* SPDX-License-Identifier: 0BSD */
/* Preprocessing: an accepted message's envelope becomes info, local and
 * remote. */
#include "queue/preprocess.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/scan.h"
#include "queue/agenda.h"
#include "queue/cleaner.h"
#include "queue/layout.h"
#include "queue/marks.h"
#include "queue/routing.h"
#include "queue/send-log.h"

/* The files that are written: one for each channel, then info. */
enum { INFO = CHANNELS, PRODUCTS };

struct product {
	struct outbuf out;
	char mem[1024];
	int fd; /* -1: not made, as yet */
};

struct preprocessing {
	unsigned long id;
	unsigned long size; /* of the message */
	unsigned long uid;  /* who brought it, and */
	unsigned long pid;  /* through which qmail-queue */
	struct product products[PRODUCTS];
};

static struct stralloc path;

static const char *product_path(const struct preprocessing *pre, int which)
{
	return layout_split(
		&path, which == INFO ? "info" : channel_names[which], pre->id);
}

static int trouble(const char *what)
{
	log_line("warning: ", what, path.s, NULL);
	return -1;
}

/* An earlier run may have got anywhere. And if somebody removed a message's
 * files, its number can be a new message's, whose recipients are not done. */
static int remove_remains(const struct preprocessing *pre)
{
	for (enum channel c = 0; c < CHANNELS; ++c)
		marks_forget(c, pre->id);
	for (int i = 0; i < PRODUCTS; ++i)
		if (unlink(product_path(pre, i)) < 0 && errno != ENOENT)
			return trouble("cannot remove ");
	return 0;
}

static int make(struct preprocessing *pre, int which)
{
	struct product *product = &pre->products[which];

	product->fd = open_excl(product_path(pre, which));
	if (product->fd < 0)
		return trouble("cannot make ");
	outbuf_init(&product->out, fd_write, product->fd, product->mem,
		sizeof product->mem);
	return 0;
}

static int take_sender(struct preprocessing *pre, const struct stralloc *record)
{
	struct outbuf *info = &pre->products[INFO].out;

	outbuf_putsa(info, record);
	if (outbuf_flush(info) < 0) {
		product_path(pre, INFO);
		return trouble("cannot write ");
	}
	log_text("info msg ");
	log_number(pre->id);
	log_text(": bytes ");
	log_number(pre->size);
	log_text(" from <");
	log_safe(record->s + 1, record->len - 2);
	log_text("> qp ");
	log_number(pre->pid);
	log_text(" uid ");
	log_number(pre->uid);
	log_end();
	return 0;
}

static int take_recipient(struct preprocessing *pre, const char *address)
{
	struct stralloc routed = {0};
	enum channel channel = routing_decide(&routed, address);
	struct product *product = &pre->products[channel];
	int r = product->fd < 0 ? make(pre, (int)channel) : 0;

	if (r == 0) {
		outbuf_putc(&product->out, 'T');
		outbuf_put(&product->out, routed.s, routed.len);
		outbuf_putc(&product->out, '\0');
	}
	sa_free(&routed);
	return r;
}

/* Records are a type byte, a text and NUL. */
static int take_record(struct preprocessing *pre, const struct stralloc *record)
{
	switch (record->s[0]) {
	case 'u':
		scan_ulong(record->s + 1, &pre->uid);
		return 0;
	case 'p':
		scan_ulong(record->s + 1, &pre->pid);
		return 0;
	case 'F':
		return take_sender(pre, record);
	case 'T':
		return take_recipient(pre, record->s + 1);
	default:
		layout_flat(&path, "todo", pre->id);
		return trouble("unknown record type in ");
	}
}

static int take_envelope(struct preprocessing *pre, int fd)
{
	char mem[1024];
	struct inbuf in;
	struct stralloc record = {0};
	int r;

	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	while ((r = inbuf_line(&in, &record, '\0')) == 1)
		if (take_record(pre, &record) < 0)
			break;
	if (r < 0) {
		layout_flat(&path, "todo", pre->id);
		trouble("cannot read on in ");
	}
	sa_free(&record);
	return r == 0 ? 0 : -1;
}

/* Puts everything on the disk, info first. */
static int commit(struct preprocessing *pre)
{
	for (int i = PRODUCTS; i--;) {
		struct product *product = &pre->products[i];

		if (product->fd < 0)
			continue;
		product_path(pre, i);
		if (outbuf_flush(&product->out) < 0)
			return trouble("cannot write ");
		if (fsync(product->fd) < 0)
			return trouble("cannot sync ");
	}
	return 0;
}

static void schedule(const struct preprocessing *pre)
{
	time_t now = time(NULL);
	int waiting = 0;

	for (enum channel c = 0; c < CHANNELS; ++c)
		if (pre->products[c].fd >= 0) {
			agenda_add(c, pre->id, now);
			waiting = 1;
		}
	if (!waiting)
		agenda_add_over(pre->id, now);
}

static int work(struct preprocessing *pre, int todo)
{
	struct stat st;

	if (stat(layout_split(&path, "mess", pre->id), &st) < 0)
		return trouble("unable to stat ");
	pre->size = (unsigned long)st.st_size;
	if (remove_remains(pre) < 0 || make(pre, INFO) < 0)
		return -1;
	log_text("new msg ");
	log_number(pre->id);
	log_end();
	if (take_envelope(pre, todo) < 0 || commit(pre) < 0)
		return -1;
	/* The message must not be delivered while this could still be
	 * undone. */
	if (!cleaner_remove_todo(pre->id))
		return -1;
	schedule(pre);
	return 0;
}

int preprocess(unsigned long id)
{
	struct preprocessing pre = {.id = id};
	int todo = open_read(layout_flat(&path, "todo", id));
	int r;

	if (todo < 0)
		return trouble("cannot open ");
	for (int i = 0; i < PRODUCTS; ++i)
		pre.products[i].fd = -1;
	r = work(&pre, todo);
	for (int i = 0; i < PRODUCTS; ++i)
		if (pre.products[i].fd >= 0)
			close(pre.products[i].fd);
	close(todo);
	return r;
}
