/* SPDX-License-Identifier: 0BSD */
/* sendmail: the command line that programs expect of a mail system. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/options.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "lib/str/alloc.h"

#define FATAL "sendmail: fatal: "

static void no_memory(void)
{
	die(EXIT_TEMP, FATAL "out of memory", NULL);
}

static _Noreturn void usage(void)
{
	die(EXIT_PERM,
		"sendmail: usage: sendmail [-t] [-f sender] [-F name] "
		"[recipient ...], sendmail -bp, sendmail -bs",
		NULL);
}

static void set(const char *variable, const char *value)
{
	if (setenv(variable, value, 1) < 0)
		no_memory();
}

static _Noreturn void run(char **words)
{
	execv(words[0], words);
	die(EXIT_TEMP, FATAL "unable to run ", words[0], die_errno, NULL);
}

/* -bp: the queue's contents. */
static _Noreturn void list_queue(void)
{
	char program[] = "bin/qmail-qread";
	char *words[] = {program, NULL};

	run(words);
}

/* -bs: SMTP on standard input and output, with the rights of a local user. */
static _Noreturn void speak_smtp(void)
{
	char program[] = "bin/qmail-smtpd";
	char *words[] = {program, NULL};

	if (!getenv("PROTO")) {
		set("RELAYCLIENT", "");
		set("DATABYTES", "0");
		set("PROTO", "TCP");
		set("TCPLOCALIP", "127.0.0.1");
		set("TCPLOCALHOST", "localhost");
		set("TCPREMOTEIP", "127.0.0.1");
		set("TCPREMOTEHOST", "localhost");
		set("TCPREMOTEINFO", "sendmail-bs");
	}
	run(words);
}

static void change_mode(const char *mode)
{
	switch (*mode) {
	case 'm':
		return;
	case 'p':
		list_queue();
	case 's':
		speak_smtp();
	default:
		usage();
	}
}

/* What qmail-inject is told. */
struct order {
	int use_header;
	char *sender; /* null: not given */
};

/* -f: the one place where the given sender takes effect. */
static void use_sender(struct order *order, char *address)
{
	order->sender = address;
}

/* Many customary options have no meaning here and are taken in silence. */
static void read_options(struct order *order, int argc, char **argv)
{
	int option;

	while ((option = option_next(
			argc, argv, "B:E::F:J::b:e:f:imo:p:tvx")) != -1) {
		switch (option) {
		case 't':
			order->use_header = 1;
			break;
		case 'f':
			use_sender(order, optarg);
			break;
		case 'F':
			set("MAILNAME", optarg);
			break;
		case 'b':
			change_mode(optarg);
			break;
		case '?':
			usage();
		default:
			break;
		}
	}
}

/* Becomes qmail-inject for these recipients. */
static _Noreturn void inject(const struct order *order, int count, char **to)
{
	char program[] = "bin/qmail-inject";
	char header[] = "-H";
	char arguments[] = "-a";
	char sender[] = "-f";
	char end[] = "--";
	char **words = alloc_get(((size_t)count + 6) * sizeof *words);
	char **next = words;

	*next++ = program;
	*next++ = order->use_header ? header : arguments;
	if (order->sender) {
		*next++ = sender;
		*next++ = order->sender;
	}
	*next++ = end;
	while (*to)
		*next++ = *to++;
	*next = NULL;
	run(words);
}

static int name_ends_with(const char *name, const char *end)
{
	size_t n = strlen(name);
	size_t m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

int main(int argc, char **argv)
{
	struct order order = {0};

	alloc_failed = no_memory;
	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, FATAL "unable to chdir to ", qmail_home,
			die_errno, NULL);
	if (argc < 1)
		usage();
	if (name_ends_with(argv[0], "mailq"))
		list_queue();
	if (name_ends_with(argv[0], "newaliases"))
		die(EXIT_PERM,
			FATAL "please use fastforward/newaliases instead",
			NULL);
	read_options(&order, argc, argv);
	inject(&order, argc - optind, argv + optind);
}
