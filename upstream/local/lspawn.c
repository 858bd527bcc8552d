/* SPDX-License-Identifier: 0BSD */
/* Starting local deliveries as the accounts they are for.
 *
 * All of this file runs as root. What it takes in: a sender and a recipient,
 * which anybody on the network may have made up, and from the recipient a
 * mailbox record, from users/cdb (which root made) or from qmail-getpw. The
 * addresses are looked up and passed on as arguments, never interpreted; the
 * record decides which account to become, which may be any but root. */
#include "local/lspawn.h"

#include <errno.h>
#include <unistd.h>

#include "lib/io/errpass.h"
#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/accounts.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "lib/str/alloc.h"
#include "lib/str/byte.h"
#include "local/lspawn-exits.h"
#include "local/lspawn-report.h"
#include "local/mailbox.h"
#include "local/userdb.h"
#include "queue/spawn.h"

/* What is kept of a delivery's output. */
enum { REPORT_MAX = 3000 };

static char *default_instructions;

static _Noreturn void out_of_memory(void)
{
	_exit(LSPAWN_NO_MEMORY);
}

/* In a child of the child: prints the record as an account that can do nothing
 * else. It gets no sight of the message. */
static _Noreturn void become_getpw(char *box, int record)
{
	char program[] = "bin/qmail-getpw";
	char *args[] = {program, box, NULL};

	if (fd_cloexec(0) == 0 && fd_move(1, record) == 0 &&
		account_become("qmailp", "nofiles") == 0)
		execv(program, args);
	_exit(LSPAWN_NO_GETPW);
}

/* Reads up to the end; what is longer than any record is cut off. */
static int read_record(int fd, struct stralloc *record)
{
	char part[256];
	ssize_t n;

	sa_clear(record);
	while ((n = fd_read(fd, part, sizeof part)) > 0)
		if (record->len < MAILBOX_RECORD_MAX)
			sa_catb(record, part, (slen)n);
	return (int)n;
}

/* Gets the record from qmail-getpw, or exits: with the program's own code if it
 * gave one that asks for another try. */
static void ask_getpw(struct stralloc *record, char *box)
{
	int ends[2];
	int status, read_result;
	pid_t pid;

	if (fd_pipe(ends) < 0)
		_exit(LSPAWN_NO_GETPW);
	pid = fork();
	if (pid < 0)
		_exit(LSPAWN_NO_GETPW);
	if (pid == 0)
		become_getpw(box, ends[1]);
	close(ends[1]);
	read_result = read_record(ends[0], record);
	close(ends[0]);
	if (wait_pid(&status, pid) < 0 || wait_crashed(status))
		_exit(LSPAWN_NO_GETPW);
	switch (wait_exitcode(status)) {
	case EXIT_DONE:
		if (read_result < 0)
			_exit(LSPAWN_NO_GETPW);
		return;
	case LSPAWN_NO_ALIAS:
	case LSPAWN_NO_HOMES:
	case LSPAWN_NO_ACCOUNTS:
	case EXIT_TEMP:
		_exit(wait_exitcode(status));
	default:
		/* None of its codes: it never ran, say for want of a shared
		 * library. That must not bounce mail. */
		_exit(LSPAWN_NO_GETPW);
	}
}

/* Finds out whose the mailbox is, or exits. */
static void find_mailbox(struct mailbox *mailbox, char *box, slen n)
{
	static struct stralloc record; /* the mailbox's strings live in it */

	switch (userdb_find(&record, box, n)) {
	case 1:
		if (mailbox_parse(mailbox, &record) < 0)
			_exit(LSPAWN_BAD_CDB);
		return;
	case 0:
		ask_getpw(&record, box);
		if (mailbox_parse(mailbox, &record) < 0)
			_exit(LSPAWN_NO_GETPW);
		return;
	default:
		_exit(LSPAWN_BAD_CDB);
	}
}

/* Gives root up for good, or exits. */
static void become_owner(const struct mailbox *mailbox)
{
	if (mailbox->uid == 0)
		_exit(LSPAWN_ROOT);
	if (account_switch(mailbox->uid, mailbox->gid) < 0)
		_exit(LSPAWN_NO_SWITCH);
	if (getuid() == 0 || geteuid() == 0 || setuid(0) == 0)
		_exit(LSPAWN_ROOT);
}

/* In the child, from the fork to qmail-local. */
static void run(const struct spawn_job *job)
{
	char program[] = "bin/qmail-local";
	char no_options[] = "--";
	char *box = job->recipient;
	char *host = job->recipient + job->at + 1;
	struct mailbox mailbox;

	alloc_failed = out_of_memory;
	if (chdir(qmail_home) < 0)
		_exit(LSPAWN_NO_LOCAL_NOW);
	box[job->at] = '\0';
	find_mailbox(&mailbox, box, job->at);
	become_owner(&mailbox);
	execv(program,
		(char *[]){program, no_options, mailbox.user, mailbox.home, box,
			mailbox.dash, mailbox.ext, host, job->sender,
			default_instructions, NULL});
	_exit(errno_passes(errno) ? LSPAWN_NO_LOCAL_NOW : LSPAWN_NO_LOCAL);
}

/* An address without a mailbox name is nobody's. */
static int skip(const struct spawn_job *job)
{
	return job->at == 0;
}

int lspawn_serve(char *instructions)
{
	static const struct spawner local = {.limit = REPORT_MAX,
		.skip = skip,
		.run = run,
		.report = lspawn_report};

	default_instructions = instructions;
	return spawn_serve(&local);
}
