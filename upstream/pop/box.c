/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-pop3d. */
#include "pop/box.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/str/alloc.h"
#include "lib/str/byte.h"
#include "lib/str/scan.h"
#include "pop/commands.h"
#include "pop/retrieve.h"

enum { FOLDER_LEN = 4 }; /* of "new/" and "cur/" */

void pop_box_open(struct pop_box *box, int in, int out)
{
	*box = (struct pop_box){0};
	chat_init(&box->chat, in, out, POP_PATIENCE);
	pop_watch_memory(&box->chat, 0);
}

/* Reads a message number at the front of arg. Returns 1 with the place in
 * the list; 0 after telling the client what is wrong. */
static int scan_message(struct pop_box *box, const char *arg, size_t *place)
{
	unsigned long number;
	const char *wrong = NULL;

	if (!scan_ulong(arg, &number))
		wrong = "syntax error";
	else if (number == 0)
		wrong = "messages are counted from 1";
	else if (number > box->dir.count)
		wrong = "not that many messages";
	else if (box->messages[number - 1].deleted)
		wrong = "already deleted";
	if (wrong)
		pop_error(&box->chat, wrong);
	else
		*place = number - 1;
	return !wrong;
}

/* One line of LIST or UIDL: the message's number and its size or name. */
typedef void put_entry(struct pop_box *box, size_t place);

static void put_size(struct pop_box *box, size_t place)
{
	outbuf_putnum(&box->chat.out, place + 1);
	outbuf_putc(&box->chat.out, ' ');
	outbuf_putnum(&box->chat.out, (unsigned long)box->messages[place].size);
	outbuf_puts(&box->chat.out, "\r\n");
}

/* The name up to its flags stays the same when the message moves. Whoever made
 * the file chose it: a control character would begin a line of its own. */
static void put_name(struct pop_box *box, size_t place)
{
	const char *name = maildir_path(&box->dir, place) + FOLDER_LEN;
	struct outbuf *out = &box->chat.out;

	outbuf_putnum(out, place + 1);
	outbuf_putc(out, ' ');
	for (; *name && *name != ':'; name++) {
		unsigned char c = (unsigned char)*name;

		outbuf_putc(out, c < ' ' || c == 127 ? '?' : *name);
	}
	outbuf_puts(out, "\r\n");
}

static int listing(struct pop_box *box, const char *arg, put_entry *put)
{
	size_t place;

	if (*arg) {
		if (scan_message(box, arg, &place)) {
			pop_ok_start(&box->chat);
			put(box, place);
		}
		return 0;
	}
	pop_ok(&box->chat);
	for (place = 0; place < box->dir.count; place++)
		if (!box->messages[place].deleted)
			put(box, place);
	outbuf_puts(&box->chat.out, ".\r\n");
	return 0;
}

static int do_list(void *job, char *arg)
{
	return listing(job, arg, put_size);
}

static int do_uidl(void *job, char *arg)
{
	return listing(job, arg, put_name);
}

/* Counts all messages and adds up those that are left. */
static int do_stat(void *job, char *arg)
{
	struct pop_box *box = job;
	unsigned long total = 0;

	(void)arg;
	for (size_t i = 0; i < box->dir.count; i++)
		if (!box->messages[i].deleted)
			total += (unsigned long)box->messages[i].size;
	pop_ok_start(&box->chat);
	outbuf_putnum(&box->chat.out, box->dir.count);
	outbuf_putc(&box->chat.out, ' ');
	outbuf_putnum(&box->chat.out, total);
	outbuf_puts(&box->chat.out, "\r\n");
	return 0;
}

/* RETR, and TOP, whose second number may be missing. */
static int do_retr(void *job, char *arg)
{
	struct pop_box *box = job;
	unsigned long lines;
	int counted;
	size_t place;
	int fd;
	int got;

	if (!scan_message(box, arg, &place))
		return 0;
	arg += strspn(arg, "0123456789");
	arg += strspn(arg, " ");
	counted = scan_ulong(arg, &lines) > 0;
	fd = open_read(maildir_path(&box->dir, place));
	if (fd < 0) {
		pop_error(&box->chat, "unable to open that message");
		return 0;
	}
	pop_ok(&box->chat);
	got = pop_retrieve(&box->chat.out, fd, counted, lines);
	close(fd);
	return got < 0;
}

static int do_dele(void *job, char *arg)
{
	struct pop_box *box = job;
	size_t place;

	if (scan_message(box, arg, &place)) {
		box->messages[place].deleted = 1;
		if (place + 1 > box->last)
			box->last = place + 1;
		pop_ok(&box->chat);
	}
	return 0;
}

static int do_last(void *job, char *arg)
{
	struct pop_box *box = job;

	(void)arg;
	pop_ok_start(&box->chat);
	outbuf_putnum(&box->chat.out, box->last);
	outbuf_puts(&box->chat.out, "\r\n");
	return 0;
}

static int do_noop(void *job, char *arg)
{
	struct pop_box *box = job;

	(void)arg;
	pop_ok(&box->chat);
	return 0;
}

static int do_rset(void *job, char *arg)
{
	struct pop_box *box = job;

	for (size_t i = 0; i < box->dir.count; i++)
		box->messages[i].deleted = 0;
	box->last = 0;
	return do_noop(job, arg);
}

/* What was new is marked as seen by the mail user. */
static void move_to_cur(const char *path)
{
	struct stralloc seen = {0};

	if (str_starts(path, "new/")) {
		sa_cats(&seen, "cur/");
		sa_cats(&seen, path + FOLDER_LEN);
		sa_cats(&seen, ":2,");
		/* if it fails, the message is new next time too */
		(void)rename(path, sa_cstr(&seen));
		sa_free(&seen);
	}
}

static int do_quit(void *job, char *arg)
{
	struct pop_box *box = job;

	for (size_t i = 0; i < box->dir.count; i++) {
		const char *path = maildir_path(&box->dir, i);

		if (!box->messages[i].deleted)
			move_to_cur(path);
		else if (unlink(path) < 0)
			pop_error(&box->chat,
				"unable to unlink all deleted messages");
	}
	do_noop(job, arg);
	return 1;
}

static int do_other(void *job, char *arg)
{
	struct pop_box *box = job;

	(void)arg;
	pop_error(&box->chat, "unimplemented");
	return 0;
}

static const struct pop_command commands[] = {
	{"quit", do_quit},
	{"stat", do_stat},
	{"list", do_list},
	{"uidl", do_uidl},
	{"dele", do_dele},
	{"retr", do_retr},
	{"rset", do_rset},
	{"last", do_last},
	{"top", do_retr},
	{"noop", do_noop},
	{NULL, do_other},
};

/* Returns null, or what the client is to be told. */
static const char *read_maildir(struct pop_box *box, const char *maildir)
{
	struct stat st;

	if (!maildir || chdir(maildir) < 0)
		return "this user has no $HOME/Maildir";
	maildir_sweep();
	if (maildir_scan(&box->dir, time(NULL)) < 0)
		return "unable to scan $HOME/Maildir";
	box->messages = alloc_get(box->dir.count * sizeof *box->messages);
	for (size_t i = 0; i < box->dir.count; i++) {
		box->messages[i] = (struct pop_message){0};
		if (stat(maildir_path(&box->dir, i), &st) == 0)
			box->messages[i].size = st.st_size;
	}
	return NULL;
}

void pop_box_serve(struct pop_box *box, const char *maildir)
{
	const char *wrong = read_maildir(box, maildir);

	if (wrong) {
		pop_error(&box->chat, wrong);
		outbuf_flush(&box->chat.out);
		return;
	}
	pop_ok(&box->chat);
	pop_serve(&box->chat, commands, box);
}
