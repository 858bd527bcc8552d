/* SPDX-License-Identifier: 0BSD */
/* A POP3 login in which TLS begins: whatever was sent before, the replies inside, and what
 * the checker is told, are those of a session that began with STLS. Nobody logs in
 * before TLS where it must come first.
 *
 * Input: see tls-stand-in.h. The settings are 1: TLS must come first; 2: there is no
 * service; 4: there is no certificate; 8: switched off; 16: whether it must cannot be
 * read; 32: the checker refuses. No process is made: this file has its own fork(2) and
 * its friends. */
#define _GNU_SOURCE
#include <stddef.h>

#include "client.h"
#include "tls-stand-in.h"

#include "lib/io/proc.h"
#include "pop/login.h"

/* The log would be long. */
static void say_nothing(const char *first, ...)
{
	(void)first;
}
#define say say_nothing

/* The state of a process, which is here to be reset. */
#include "pop/tls.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUST = 1, AWAY = 2, NO_CERT = 4, OFF = 8, UNREADABLE = 16, REFUSE = 32 };
enum { CHECKER = 4242 };

static int settings;
static int serving;      /* or it is the fuzzer that makes a process */
static int secrets = -1; /* what the checker would read */

int pop_tls_configured(void)
{
	return !(settings & NO_CERT);
}

int pop_tls_switched_off(void)
{
	return settings & OFF;
}

int pop_tls_required(void)
{
	return settings & UNREADABLE ? -1 : settings & MUST;
}

int pipe(int ends[2])
{
	if (!serving)
		return -1;
	tls_check(secrets < 0);
	tls_check(tls.begun || !(settings & (MUST | UNREADABLE)));
	secrets = client_file(NULL, 0);
	ends[1] = dup(secrets);
	ends[0] = dup(secrets);
	return 0;
}

pid_t fork(void)
{
	return serving ? CHECKER : -1;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	tls_check(pid == CHECKER && options == 0);
	*status = settings & REFUSE ? 1 << 8 : 0;
	return pid;
}

/* All before it was said in plain text. */
static void tls_starts(void)
{
	tls_check(secrets < 0);
	tls_check(!(settings & (AWAY | NO_CERT | OFF)));
}

static void check_lines(const struct stralloc *text)
{
	for (slen i = 0; i < text->len; i++)
		tls_check((text->s[i] >= 32 && text->s[i] < 127) ||
			text->s[i] == '\r' ||
			(text->s[i] == '\n' && i && text->s[i - 1] == '\r'));
	tls_check(!text->len || text->s[text->len - 1] == '\n');
}

/* A session in a process of its own, as far as TLS goes. */
static void serve(struct piece before, struct stralloc *plain, struct stralloc *inside,
	struct stralloc *told)
{
	static char *checker[] = {NULL, NULL};
	static struct pop_login login;
	static char mem[1 << 16];
	int client;
	int fd = tls_connect(before, &client);

	active = tls.asked = tls.begun = 0;
	secrets = -1;
	pop_login_open(&login, fd, fd, "fuzz.example", checker);
	serving = 1;
	pop_login_serve(&login);
	serving = 0;
	sa_free(&login.chat.line);
	sa_free(&login.stamp);
	sa_free(&login.user);
	close(fd);
	tls_replies(plain, client);
	sa_clear(inside);
	if (tls.begun)
		tls_replies(inside, tls.client);
	sa_clear(told);
	if (secrets >= 0) {
		sa_copyb(told, mem, (slen)client_got(secrets, mem, sizeof mem));
		close(secrets);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct piece only = {(const uint8_t *)"STLS\r\n", 6};
	struct stralloc plain = {0};
	struct stralloc inside[2] = {{0}, {0}};
	struct stralloc told[2] = {{0}, {0}};

	if (!size)
		return 0;
	settings = data[0];
	tls.away = settings & AWAY;
	tls.alpn = "pop3";
	tls.starts = tls_starts;
	tls_input(data + 1, size - 1);
	serve(tls.before, &plain, &inside[0], &told[0]);
	check_lines(&plain);
	check_lines(&inside[0]);
	/* after the answer to STLS nothing is said in plain text */
	tls_check(!tls.asked || tls_ends(&plain, "+OK ready for tls\r\n"));
	tls_check(tls.begun || !inside[0].len);
	if (tls.begun) {
		serve(only, &plain, &inside[1], &told[1]);
		tls_check(tls.begun);
		tls_check(tls_same(&inside[0], &inside[1]));
		tls_check(tls_same(&told[0], &told[1]));
	}
	sa_free(&plain);
	for (int i = 0; i < 2; i++) {
		sa_free(&inside[i]);
		sa_free(&told[i]);
	}
	return 0;
}
