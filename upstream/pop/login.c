/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-popup. */
#include "pop/login.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "pop/commands.h"

enum { CHECKER_FD = 3 }; /* where the checker reads name and password */

void pop_login_open(struct pop_login *login, int in, int out, const char *host,
	char **checker)
{
	*login = (struct pop_login){.checker = checker};
	chat_init(&login->chat, in, out, POP_PATIENCE);
	pop_watch_memory(&login->chat, 1);
	sa_catc(&login->stamp, '<');
	sa_catnum(&login->stamp, (unsigned long)getpid());
	sa_catc(&login->stamp, '.');
	sa_catnum(&login->stamp, (unsigned long)time(NULL));
	sa_catc(&login->stamp, '@');
	sa_cats(&login->stamp, host);
	sa_catc(&login->stamp, '>');
}

static _Noreturn void become_checker(char **args, int secrets)
{
	sig_default(SIGPIPE);
	if (fd_move(CHECKER_FD, secrets) == 0)
		execvp(args[0], args);
	_exit(1);
}

/* Gives the checker name, proof and time stamp, each ended by NUL. A checker
 * that has ended without reading them will tell by its exit code. */
static void tell_secrets(struct pop_login *login, int fd, const char *proof)
{
	struct outbuf out;
	char mem[128];

	outbuf_init(&out, fd_write, fd, mem, sizeof mem);
	outbuf_putsa(&out, &login->user);
	outbuf_putc(&out, '\0');
	outbuf_put(&out, proof, strlen(proof) + 1);
	outbuf_putsa(&out, &login->stamp);
	outbuf_putc(&out, '\0');
	outbuf_flush(&out);
	explicit_bzero(mem, sizeof mem);
}

/* Nothing more is read from the client, and this process lives as long as the
 * checker: it need not know the password all that time. */
static void forget_secrets(struct pop_login *login)
{
	struct chat *chat = &login->chat;

	explicit_bzero(chat->line.s, chat->line.cap);
	explicit_bzero(chat->inmem, sizeof chat->inmem);
}

/* Waits for the checker, which is the user's whole session if the login is
 * good. */
static void await_checker(struct pop_login *login, pid_t checker)
{
	int status;

	if (wait_pid(&status, checker) != checker || wait_crashed(status))
		pop_error(&login->chat, "aack, child crashed");
	else if (wait_exitcode(status) != 0)
		pop_error(&login->chat, "authorization failed");
}

static void check(struct pop_login *login, const char *proof)
{
	int ends[2];
	pid_t checker;

	outbuf_flush(&login->chat.out);
	if (fd_pipe(ends) < 0) {
		pop_error(&login->chat, "unable to open pipe");
		return;
	}
	wait_enable();
	checker = fork();
	if (checker == 0)
		become_checker(login->checker, ends[0]);
	close(ends[0]);
	if (checker > 0)
		tell_secrets(login, ends[1], proof);
	close(ends[1]);
	forget_secrets(login);
	if (checker > 0)
		await_checker(login, checker);
	else
		pop_error(&login->chat, "unable to fork");
}

static int do_user(void *job, char *arg)
{
	struct pop_login *login = job;

	if (!*arg) {
		pop_error(&login->chat, "syntax error");
		return 0;
	}
	sa_copys(&login->user, arg);
	login->has_user = 1;
	pop_ok(&login->chat);
	return 0;
}

static int do_pass(void *job, char *arg)
{
	struct pop_login *login = job;

	if (!login->has_user) {
		pop_error(&login->chat, "USER first");
		return 0;
	}
	if (!*arg) {
		pop_error(&login->chat, "syntax error");
		return 0;
	}
	check(login, arg);
	return 1;
}

/* RFC 1939 section 7: APOP name digest */
static int do_apop(void *job, char *arg)
{
	struct pop_login *login = job;
	char *space = strchr(arg, ' ');

	if (!space) {
		pop_error(&login->chat, "syntax error");
		return 0;
	}
	*space = '\0';
	sa_copys(&login->user, arg);
	check(login, space + 1);
	return 1;
}

static int do_noop(void *job, char *arg)
{
	struct pop_login *login = job;

	(void)arg;
	pop_ok(&login->chat);
	return 0;
}

static int do_quit(void *job, char *arg)
{
	do_noop(job, arg);
	return 1;
}

static int do_other(void *job, char *arg)
{
	struct pop_login *login = job;

	(void)arg;
	pop_error(&login->chat, "authorization first");
	return 0;
}

static const struct pop_command commands[] = {
	{"user", do_user},
	{"pass", do_pass},
	{"apop", do_apop},
	{"noop", do_noop},
	{"quit", do_quit},
	{NULL, do_other},
};

void pop_login_serve(struct pop_login *login)
{
	pop_ok_start(&login->chat);
	outbuf_putsa(&login->chat.out, &login->stamp);
	outbuf_puts(&login->chat.out, "\r\n");
	pop_serve(&login->chat, commands, login);
}
