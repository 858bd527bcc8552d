/* SPDX-License-Identifier: 0BSD */
/* An SMTP session in which TLS begins: whatever was sent before, replies and mail inside
 * are those of a session that began with STARTTLS. Nothing is queued before TLS where
 * it must come first, nobody may relay but by a listed certificate, and what the
 * service says spoils no header.
 *
 * Input: see tls-stand-in.h. The settings are 1: TLS must come first; 2: there is no
 * service; 4: certificates are listed. */
#define _GNU_SOURCE
#include <stddef.h>
#include <strings.h>
#include <sys/stat.h>

#include "no-queue.h"
#include "scratch.h"
#include "tls-stand-in.h"

/* The state of a process, which is here to be reset. That TLS must come first is
 * settled once in a process. */
#define starttls_required required_here
#include "smtp/starttls.c"
#undef starttls_required
#include "smtp/tls.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUST = 1, AWAY = 2, LISTED = 4 };

static int settings;
static struct stralloc queued; /* all that the queue was told */
static int field_comes;

extern smtp_check starttls_required;

const char *starttls_required(struct smtp_session *session)
{
	return settings & MUST ? required_here(session) : NULL;
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int may_relay(void)
{
	return tls.begun && settings & LISTED &&
		strcmp(tls.said->peer, "verified") == 0 &&
		strcasestr(tls.said->email, "joe@client.test");
}

static void check_recipient(const char *address)
{
	const char *at = strrchr(address, '@');

	check(!at || strcasecmp(at, "@local.test") == 0 || may_relay());
}

/* Ours is in front of what the client sends. */
static void check_field(const char *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check((from[i] >= 32 && from[i] < 127) || from[i] == '\n');
		check(from[i] != '\n' || i + 1 == n || from[i + 1] == ' ');
	}
}

static void see(char what, const char *from, size_t n)
{
	if (what == 'M' && field_comes)
		check_field(from, n);
	field_comes = what == 'O';
	if (what == 'T')
		check_recipient(from);
	sa_catc(&queued, what);
	sa_catb(&queued, from, (slen)n);
}

static void tls_starts(void)
{
	check(!(settings & MUST) || !queued.len);
	sa_clear(&queued);
}

/* Every reply is digits, a space or hyphen, printable text, CR LF. */
static void check_lines(const struct stralloc *text)
{
	slen at = 0;

	while (at < text->len) {
		char *lf = memchr(text->s + at, '\n', text->len - at);

		check(lf && lf - (text->s + at) >= 5 && lf[-1] == '\r');
		for (int i = 0; i < 3; i++)
			check(text->s[at + (slen)i] >= '0' && text->s[at + (slen)i] <= '9');
		for (char *c = text->s + at + 3; c < lf - 1; c++)
			check(*c >= 32 && *c < 127);
		at = (slen)(lf - text->s) + 1;
	}
}

static void forget(struct smtp_session *session)
{
	smtp_reset(session);
	sa_free(&session->sender);
	sa_free(&session->recipients);
	sa_free(&session->addr);
	sa_free(&session->helo);
	sa_free(&session->chat.line);
	sa_free(&session->policy.greeting);
}

/* A session in a process of its own, as far as TLS goes. */
static void serve(struct piece before, struct stralloc *plain, struct stralloc *inside)
{
	struct smtp_session session = {.stage = SMTP_GOING};
	int client;
	int fd = tls_connect(before, &client);

	active = judging = 0;
	tls.asked = tls.begun = 0;
	open_messages = 0;
	sa_clear(&queued);
	client_from_env(&session.client);
	sa_copys(&session.policy.greeting, "fuzz.example");
	chat_init(&session.chat, fd, fd, 5);
	session.policy.timeout = 5;
	smtp_serve(&session);
	check(open_messages == 0);
	forget(&session);
	close(fd);
	tls_replies(plain, client);
	sa_clear(inside);
	if (tls.begun)
		tls_replies(inside, tls.client);
}

static void check_plain(const struct stralloc *plain)
{
	static const char yes[] = "220 ready for tls\r\n";

	check_lines(plain);
	if (tls.begun)
		check(tls_ends(plain, yes));
	else if (tls.asked)
		check(tls_ends(plain, " (#4.3.0)\r\n"));
	else
		check(!memmem(plain->s, plain->len, yes, sizeof yes - 1));
	check(tls.begun || !(settings & MUST) || !queued.len);
}

static void prepare(void)
{
	if (!scratch_enter())
		return;
	check(mkdir("control", 0700) == 0);
	put_file("control/servercert.pem", "");
	put_file("control/rcpthosts", "local.test\n");
	put_file("control/maxrcpt", "3\n");
	check(rcpthosts_read() == 0);
	queue_sees = see;
	setenv("TLSREQUIRED", "1", 1);
	tls.alpn = "smtp";
	tls.starts = tls_starts;
}

static void set(int how)
{
	settings = how;
	tls.away = how & AWAY;
	if (how & LISTED)
		put_file("control/tlsclients", "Joe@client.test\n");
	else
		unlink("control/tlsclients");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct piece only = {(const uint8_t *)"STARTTLS\r\n", 10};
	struct stralloc plain = {0};
	struct stralloc inside[2] = {{0}, {0}};
	struct stralloc mail = {0};

	if (!size)
		return 0;
	prepare();
	set(data[0]);
	tls_input(data + 1, size - 1);
	serve(tls.before, &plain, &inside[0]);
	check_plain(&plain);
	check_lines(&inside[0]);
	if (tls.begun) {
		sa_copy(&mail, &queued);
		serve(only, &plain, &inside[1]);
		check(tls.begun);
		check(tls_same(&inside[0], &inside[1]));
		check(tls_same(&mail, &queued));
	}
	sa_free(&plain);
	sa_free(&inside[0]);
	sa_free(&inside[1]);
	sa_free(&mail);
	scratch_leave();
	return 0;
}
