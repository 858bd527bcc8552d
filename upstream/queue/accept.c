/* SPDX-License-Identifier: 0BSD */
/* Taking one message into the queue. */
#include "queue/accept.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/mail/date.h"
#include "lib/mail/submit-verdict.h"
#include "queue/layout.h"
#include "queue/wake.h"

/* The longest address in an envelope, with its NUL. */
enum { ADDRESS_MAX = 1003 };

/* Temporary names tried before giving up. */
enum { NAMES_MAX = 9 };

/* Bytes written at once. Envelopes are short. */
enum { MESS_BUFFER = 2048, INTD_BUFFER = 512 };

/* One file of the message, while it is written. */
struct queue_file {
	int fd;
	struct stralloc path;
	struct outbuf out;
	char mem[MESS_BUFFER];
};

struct arrival {
	const struct accept_origin *origin;
	unsigned long id; /* inode number of the message file */
	struct queue_file mess;
	struct queue_file intd;
	struct inbuf in;
	char in_mem[MESS_BUFFER];
};

static void start_writing(struct queue_file *file, size_t buffer)
{
	outbuf_init(&file->out, fd_write, file->fd, file->mem, buffer);
}

/* Makes what was put into the file outlive a crash of the machine. */
static int make_durable(struct queue_file *file)
{
	if (outbuf_flush(&file->out) < 0 || fsync(file->fd) < 0)
		return QUEUE_WRITE_ERROR;
	return 0;
}

/* Makes a new file under a name of this process's own. */
static int create_unnamed(struct queue_file *file, struct stralloc *name,
	const struct accept_origin *origin)
{
	for (unsigned long attempt = 1; attempt <= NAMES_MAX; ++attempt) {
		sa_copys(name, "pid/");
		sa_catnum(name, (unsigned long)origin->pid);
		sa_catc(name, '.');
		sa_catnum(name, (unsigned long)origin->when);
		sa_catc(name, '.');
		sa_catnum(name, attempt);
		file->fd = open_excl(sa_cstr(name));
		if (file->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return QUEUE_PID_FILE;
}

/* Makes the message's file. Its number is that of its inode, so that no two
 * messages in the queue can have the same. */
static int create_mess(struct arrival *arrival)
{
	struct stralloc name = {0};
	struct stat st;
	int code = create_unnamed(&arrival->mess, &name, arrival->origin);

	if (code == 0 && fstat(arrival->mess.fd, &st) < 0)
		code = QUEUE_PID_FILE;
	if (code == 0) {
		arrival->id = (unsigned long)st.st_ino;
		layout_split(&arrival->mess.path, "mess", arrival->id);
		if (link(name.s, arrival->mess.path.s) < 0)
			code = QUEUE_MESS_FILE;
		else if (unlink(name.s) < 0)
			code = QUEUE_PID_FILE;
	}
	sa_free(&name);
	return code;
}

static void put_received(struct outbuf *out, const struct accept_origin *origin)
{
	struct stralloc date = {0};

	outbuf_puts(out, "Received: (qmail ");
	outbuf_putnum(out, (unsigned long)origin->pid);
	outbuf_puts(out, " invoked ");
	if (origin->by) {
		outbuf_puts(out, origin->by);
	} else {
		outbuf_puts(out, "by uid ");
		outbuf_putnum(out, origin->uid);
	}
	outbuf_puts(out, "); ");
	date_header(&date, origin->when);
	outbuf_putsa(out, &date);
	outbuf_putc(out, '\n');
	sa_free(&date);
}

/* Stores the message, up to its end. */
static int store_mess(struct arrival *arrival, int from)
{
	struct outbuf *out = &arrival->mess.out;
	struct inbuf *in = &arrival->in;
	ssize_t n;

	inbuf_init(in, fd_read, from, arrival->in_mem, sizeof arrival->in_mem);
	start_writing(&arrival->mess, MESS_BUFFER);
	put_received(out, arrival->origin);
	while ((n = inbuf_fill(in)) > 0) {
		outbuf_put(out, in->mem + in->at, (size_t)n);
		in->at = in->end;
		/* A full disk is told at once, not after the last byte. */
		if (out->failed)
			return QUEUE_WRITE_ERROR;
	}
	if (n < 0)
		return QUEUE_READ_ERROR;
	return make_durable(&arrival->mess);
}

static int create_intd(struct arrival *arrival)
{
	layout_flat(&arrival->intd.path, "intd", arrival->id);
	arrival->intd.fd = open_excl(arrival->intd.path.s);
	return arrival->intd.fd < 0 ? QUEUE_INTD_FILE : 0;
}

/* Copies one address, its NUL included. */
static int copy_address(struct arrival *arrival)
{
	char c;

	for (int n = 0; n < ADDRESS_MAX; ++n) {
		if (inbuf_byte(&arrival->in, &c) <= 0)
			return QUEUE_READ_ERROR;
		outbuf_putc(&arrival->intd.out, c);
		if (c == '\0')
			return 0;
	}
	return QUEUE_ADDRESS_TOO_LONG;
}

/* Copies the records of the envelope: one F, any number of T, and the NUL that
 * says that no more follow. */
static int copy_envelope(struct arrival *arrival)
{
	char wanted = 'F';
	char letter;
	int code;

	for (;;) {
		if (inbuf_byte(&arrival->in, &letter) <= 0)
			return QUEUE_READ_ERROR;
		if (letter == '\0' && wanted == 'T')
			return 0;
		if (letter != wanted)
			return QUEUE_BAD_ENVELOPE;
		outbuf_putc(&arrival->intd.out, letter);
		code = copy_address(arrival);
		if (code)
			return code;
		wanted = 'T';
	}
}

/* Stores the envelope: who brought the message, then the records. */
static int store_envelope(struct arrival *arrival, int from)
{
	struct outbuf *out = &arrival->intd.out;
	int code;

	inbuf_init(&arrival->in, fd_read, from, arrival->in_mem,
		sizeof arrival->in_mem);
	start_writing(&arrival->intd, INTD_BUFFER);
	outbuf_putc(out, 'u');
	outbuf_putnum(out, arrival->origin->uid);
	outbuf_put(out, "\0p", 2);
	outbuf_putnum(out, (unsigned long)arrival->origin->pid);
	outbuf_putc(out, '\0');
	code = copy_envelope(arrival);
	return code ? code : make_durable(&arrival->intd);
}

/* The moment of acceptance. */
static int link_todo(const struct arrival *arrival)
{
	struct stralloc todo = {0};
	int r = link(
		arrival->intd.path.s, layout_flat(&todo, "todo", arrival->id));

	sa_free(&todo);
	return r < 0 ? QUEUE_TODO_LINK : 0;
}

/* Does everything, in the order that keeps the queue sound whenever the machine
 * stops: no name in todo before both files are on the disk. */
static int take(struct arrival *arrival, int message, int envelope)
{
	int code = create_mess(arrival);

	if (code == 0)
		code = store_mess(arrival, message);
	if (code == 0)
		code = create_intd(arrival);
	if (code == 0)
		code = store_envelope(arrival, envelope);
	if (code == 0)
		code = link_todo(arrival);
	return code;
}

/* Gives the space back even if the name cannot be removed. */
static void discard(struct queue_file *file)
{
	if (file->fd < 0)
		return;
	if (ftruncate(file->fd, 0) < 0 || unlink(file->path.s) < 0)
		unlink(file->path.s);
}

static void forget(struct queue_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	sa_free(&file->path);
}

int accept_message(
	const struct accept_origin *origin, int message, int envelope)
{
	struct arrival arrival = {
		.origin = origin, .mess.fd = -1, .intd.fd = -1};
	int code = take(&arrival, message, envelope);

	if (code == QUEUE_READ_ERROR || code == QUEUE_WRITE_ERROR) {
		discard(&arrival.intd);
		discard(&arrival.mess);
	}
	if (code == 0)
		wake_sender();
	forget(&arrival.intd);
	forget(&arrival.mess);
	return code;
}
