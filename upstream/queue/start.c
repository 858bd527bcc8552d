/* SPDX-License-Identifier: 0BSD */
/* Starting the mail system. */
#include "queue/start.h"

#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/mail/accounts.h"
#include "lib/mail/exits.h"
#include "queue/send.h"

/* Commands to a helper and what it says back; the log has no second
 * direction. */
struct line {
	int to[2];
	int back[2];
};

enum { READ, WRITE };

/* A program that serves qmail-send on its descriptors 0 and 1. */
struct helper {
	char name[16];
	const char *user; /* null: stays what it is, in group qmail */
	int commands;     /* qmail-send's descriptors for it */
	int answers;
};

enum { LOCAL, REMOTE, CLEAN, HELPERS };

static struct helper helpers[HELPERS] = {
	[LOCAL] = {"qmail-lspawn", NULL, SEND_TO_LOCAL, SEND_FROM_LOCAL},
	[REMOTE] = {"qmail-rspawn", "qmailr", SEND_TO_REMOTE, SEND_FROM_REMOTE},
	[CLEAN] = {"qmail-clean", "qmailq", SEND_TO_CLEAN, SEND_FROM_CLEAN},
};

static struct line lines[HELPERS];
static int log_pipe[2];

/* Moves a descriptor above those that programs are given. */
static int lift(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, SEND_FROM_CLEAN + 1);

	close(fd);
	return high;
}

static int high_pipe(int ends[2])
{
	int low[2];

	if (fd_pipe(low) < 0)
		return -1;
	ends[READ] = lift(low[READ]);
	ends[WRITE] = lift(low[WRITE]);
	return ends[READ] < 0 || ends[WRITE] < 0 ? -1 : 0;
}

static int make_pipes(int with_log)
{
	for (int i = 0; i < HELPERS; ++i)
		if (high_pipe(lines[i].to) < 0 || high_pipe(lines[i].back) < 0)
			return -1;
	return with_log ? high_pipe(log_pipe) : 0;
}

/* Of the caller's descriptors only 0 to 2 are handed on, and 2 as one that
 * swallows: nobody is there to read what a daemon prints. */
static int tidy(void)
{
	int null = open("/dev/null", O_WRONLY);

	if (null < 0 || fd_copy(2, null) < 0)
		return -1;
	if (null > 2)
		close(null);
	for (int fd = 3; fd <= SEND_FROM_CLEAN; ++fd)
		close(fd);
	return 0;
}

/* Do the accounts exist? Later only a child would notice, after the others are
 * running. */
static int check_accounts(int with_log)
{
	uid_t uid;
	gid_t gid;

	if (account_uid("qmails", &uid) < 0 || account_gid("qmail", &gid) < 0)
		return -1;
	for (int i = 0; i < HELPERS; ++i)
		if (helpers[i].user && account_uid(helpers[i].user, &uid) < 0)
			return -1;
	if (with_log &&
		(account_uid("qmaill", &uid) < 0 ||
			account_gid("nofiles", &gid) < 0))
		return -1;
	return 0;
}

/* Becomes the account that the helper runs as. */
static int become(const char *user)
{
	gid_t gid;

	if (user)
		return account_become(user, "qmail");
	if (account_gid("qmail", &gid) < 0)
		return -1;
	return account_switch(getuid(), gid);
}

static _Noreturn void run_helper(int which, char *argument)
{
	struct helper *helper = &helpers[which];
	const struct line *line = &lines[which];
	char *args[3] = {helper->name, argument, NULL};

	if (become(helper->user) == 0 && fd_copy(0, line->to[READ]) == 0 &&
		fd_copy(1, line->back[WRITE]) == 0)
		execvp(args[0], args);
	_exit(EXIT_TEMP);
}

static _Noreturn void run_logger(char **logger)
{
	if (account_become("qmaill", "nofiles") == 0 &&
		fd_copy(0, log_pipe[READ]) == 0)
		execvp(logger[0], logger);
	_exit(EXIT_TEMP);
}

static int start_all(char *instructions, char **logger)
{
	for (int i = 0; i < HELPERS; ++i) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (pid == 0)
			run_helper(i, i == LOCAL ? instructions : NULL);
	}
	if (!logger)
		return 0;
	switch (fork()) {
	case -1:
		return -1;
	case 0:
		run_logger(logger);
	default:
		return 0;
	}
}

static void become_send(int with_log)
{
	char name[] = "qmail-send";
	char *args[] = {name, NULL};

	if (become("qmails") < 0 ||
		fd_copy(0, with_log ? log_pipe[WRITE] : 1) < 0)
		return;
	for (int i = 0; i < HELPERS; ++i)
		if (fd_copy(helpers[i].commands, lines[i].to[WRITE]) < 0 ||
			fd_copy(helpers[i].answers, lines[i].back[READ]) < 0)
			return;
	execvp(args[0], args);
}

void start_mail(char *instructions, char **logger)
{
	if (check_accounts(logger != NULL) == 0 && tidy() == 0 &&
		make_pipes(logger != NULL) == 0 &&
		start_all(instructions, logger) == 0)
		become_send(logger != NULL);
}
