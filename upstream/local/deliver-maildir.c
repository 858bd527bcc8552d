/* SPDX-License-Identifier: 0BSD */
/* Delivery to a Maildir. */
#include "local/deliver.h"

#include <errno.h>
#include <signal.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"

enum {
	TIME_LIMIT = 24 * 60 * 60, /* seconds; less than readers let tmp rest */
	TRIES = 3,
	TRY_EVERY = 2, /* seconds */
	HOST_NAME = 64
};

/* How the child ends. */
enum outcome { STORED, NO_DIRECTORY, UNREADABLE, TROUBLE, TOO_SLOW };

static const char *const reports[] = {
	[NO_DIRECTORY] = "Unable to chdir to maildir. (#4.2.1)",
	[UNREADABLE] = "Unable to read message. (#4.3.0)",
	[TROUBLE] = "Temporary error on maildir delivery. (#4.3.0)",
	[TOO_SLOW] = "Maildir delivery took too long. (#4.3.0)",
};

/* The child's file in tmp; the alarm's handler removes it. */
static const char *unfinished;

static _Noreturn void on_alarm(int sig)
{
	(void)sig;
	if (unfinished)
		unlink(unfinished);
	_exit(TOO_SLOW);
}

/* Appends a name that no other delivery has: no other process of this host has
 * this pid in this second. */
static void unique_name(struct stralloc *path, const char *folder)
{
	char host[HOST_NAME + 1];

	if (gethostname(host, sizeof host) < 0)
		host[0] = 0;
	host[HOST_NAME] = 0;
	sa_copys(path, folder);
	sa_catnum(path, (unsigned long)time(NULL));
	sa_catc(path, '.');
	sa_catnum(path, (unsigned long)getpid());
	sa_catc(path, '.');
	sa_cats(path, host);
	sa_cstr(path);
}

static int create(struct stralloc *path)
{
	int fd;

	for (int tries = 1;; tries++) {
		unique_name(path, "tmp/");
		fd = open_excl(path->s);
		if (fd >= 0 || errno != EEXIST || tries == TRIES)
			return fd;
		sleep(TRY_EVERY);
	}
}

static enum outcome fill(const struct stamp *stamp, int fd)
{
	char from[4096];
	char to[4096];
	struct inbuf in;
	struct outbuf out;

	inbuf_init(&in, fd_read, 0, from, sizeof from);
	outbuf_init(&out, fd_write, fd, to, sizeof to);
	outbuf_putsa(&out, &stamp->return_path);
	outbuf_putsa(&out, &stamp->delivered_to);
	if (copy_stream(&out, &in) < 0)
		return UNREADABLE;
	if (outbuf_flush(&out) < 0 || fsync(fd) < 0)
		return TROUBLE;
	return STORED;
}

/* Stores the message in the Maildir that is the current directory. The link
 * gives readers the whole message or none. */
static enum outcome store(const struct stamp *stamp)
{
	static struct stralloc tmp;
	struct stralloc new = {0};
	enum outcome outcome;
	int fd;

	alarm(TIME_LIMIT);
	fd = create(&tmp);
	if (fd < 0)
		return TROUBLE;
	unfinished = tmp.s;
	outcome = fill(stamp, fd);
	if (close(fd) < 0 && outcome == STORED)
		outcome = TROUBLE;
	sa_copys(&new, "new/");
	sa_cats(&new, tmp.s + sizeof "tmp/" - 1);
	if (outcome == STORED && link(tmp.s, sa_cstr(&new)) < 0)
		outcome = TROUBLE;
	unlink(tmp.s);
	unfinished = NULL;
	sa_free(&new);
	return outcome;
}

static _Noreturn void child(const struct stamp *stamp, const char *path)
{
	sig_catch(SIGALRM, on_alarm);
	sig_unblock(SIGALRM);
	if (chdir(path) < 0)
		_exit(NO_DIRECTORY);
	if (lseek(0, 0, SEEK_SET) < 0)
		_exit(UNREADABLE);
	_exit((int)store(stamp));
}

int deliver_maildir(const struct stamp *stamp, const char *path)
{
	int status;
	int outcome;
	pid_t pid = fork();

	/* A process of its own: its pid names the file, and the current
	 * directory stays the user's home for the next line. */
	if (pid == 0)
		child(stamp, path);
	if (pid < 0 || wait_pid(&status, pid) != pid) {
		say("Unable to fork", die_errno, ". (#4.3.0)", NULL);
		return EXIT_TEMP;
	}
	if (wait_crashed(status)) {
		say("Aack, child crashed. (#4.3.0)", NULL);
		return EXIT_TEMP;
	}
	outcome = wait_exitcode(status);
	if (outcome == STORED)
		return EXIT_DONE;
	say(outcome <= TOO_SLOW ? reports[outcome] : reports[TROUBLE], NULL);
	return EXIT_TEMP;
}
