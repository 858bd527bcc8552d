/* SPDX-License-Identifier: 0BSD */
/* qmail-inject: takes a message from a user, completes it and queues it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inject/letter.h"
#include "inject/names.h"
#include "lib/io/fd.h"
#include "lib/io/options.h"
#include "lib/io/proc.h"
#include "lib/mail/control.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "lib/str/alloc.h"

#define FATAL "qmail-inject: fatal: "

static void no_memory(void)
{
	die(EXIT_TEMP, FATAL "out of memory", NULL);
}

/* What the command line asks for. */
struct orders {
	int recipients; /* a, A, h or H */
	int show;
	const char *sender; /* null: not given */
};

static void read_options(struct orders *orders, int argc, char **argv)
{
	int option;

	while ((option = option_next(argc, argv, "aAhHnNf:")) != -1) {
		switch (option) {
		case 'n':
		case 'N':
			orders->show = option == 'n';
			break;
		case 'f':
			orders->sender = optarg;
			break;
		case '?':
			_exit(EXIT_PERM);
		default:
			orders->recipients = option;
			break;
		}
	}
}

/* The wishes of the user's environment, a letter each. */
static void read_wishes(struct letter *letter)
{
	const char *wishes = getenv("QMAILINJECT");

	if (!wishes)
		return;
	letter->name_as_comment = strchr(wishes, 'c') != NULL;
	letter->ignore_return_path = strchr(wishes, 's') != NULL;
	letter->replace_from = strchr(wishes, 'f') != NULL;
	letter->replace_message_id = strchr(wishes, 'i') != NULL;
	letter->per_recipient = strchr(wishes, 'r') != NULL;
	letter->per_message = strchr(wishes, 'm') != NULL;
}

/* Fills lists from the user's file. Returns lists; null if there are none. */
static const struct constmap *read_lists(struct constmap *lists)
{
	const char *path = getenv("QMAILMFTFILE");
	struct stralloc lines = {0};
	int r;

	if (!path)
		return NULL;
	r = control_list(&lines, path);
	if (r < 0)
		die(EXIT_TEMP, FATAL "read error", NULL);
	if (r == 0)
		return NULL;
	constmap_make(lists, &lines, CONSTMAP_KEYS);
	sa_free(&lines);
	return lists;
}

/* Tells and exits; text may end with a newline already, or with anything. */
static _Noreturn void give_up(
	int code, const char *what, const struct stralloc *text)
{
	char mem[256];
	struct outbuf err;

	outbuf_init(&err, fd_write, 2, mem, sizeof mem);
	outbuf_puts(&err, FATAL);
	outbuf_puts(&err, what);
	if (text)
		outbuf_putsa(&err, text);
	outbuf_flush(&err);
	_exit(code);
}

/* Addresses the letter as the command line says, and sends it. */
static int send_letter(
	struct letter *letter, const struct orders *orders, char **words)
{
	char mem[8192];
	struct inbuf in;
	int r = 0;

	letter->use_arguments = orders->recipients == 'a' ||
		orders->recipients == 'H' ||
		(orders->recipients == 'A' && *words);
	letter->use_header = orders->recipients == 'h' ||
		orders->recipients == 'H' || !letter->use_arguments;
	if (orders->sender)
		r = letter_sender(letter, orders->sender);
	for (; r == 0 && *words; words++)
		r = letter_recipient(letter, *words);
	inbuf_init(&in, fd_read, 0, mem, sizeof mem);
	return r == 0 ? letter_send(letter, &in) : r;
}

int main(int argc, char **argv)
{
	struct orders orders = {.recipients = 'A'};
	struct letter letter = {.now = time(NULL)};
	struct names names;
	struct identity self;
	struct constmap lists = {0};
	const struct stralloc *bad;
	const char *trouble;
	char mem[1024];
	struct outbuf out;
	int r;

	alloc_failed = no_memory;
	sig_ignore(SIGPIPE);
	read_options(&orders, argc, argv);
	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, FATAL "unable to chdir to ", qmail_home,
			die_errno, NULL);
	trouble = names_read(&names, &bad);
	if (trouble)
		give_up(bad ? EXIT_PERM : EXIT_TEMP, trouble, bad);
	identity_read(&self, names.default_host.s);
	read_wishes(&letter);
	letter.rewriter = &names.rewriter;
	letter.identity = &self;
	letter.id_host = names.id_host.s;
	letter.lists = read_lists(&lists);
	letter.pid = (unsigned long)getpid();
	if (orders.show) {
		outbuf_init(&out, fd_write, 1, mem, sizeof mem);
		letter.print = &out;
	}
	r = send_letter(&letter, &orders, argv + optind);
	if (r != 0)
		give_up(r, "", &letter.trouble);
	letter_free(&letter);
	constmap_free(&lists);
	names_free(&names);
	return 0;
}
