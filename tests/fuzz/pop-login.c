/* SPDX-License-Identifier: 0BSD */
/* A POP3 login of any bytes: it ends, its replies are lines of printable text,
 * and the checker gets a name, a proof and the time stamp, each ended by NUL.
 *
 * Input: a byte (the checker's wait status, one of four), then what the client
 * sends. No process is made: this file has its own fork(2) and its friends. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include "client.h"
#include "pop/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHECKER = 4242 };

static int secrets = -1; /* what the checker would read */
static int setting;
static int serving; /* or it is the fuzzer that makes a process */

static void check(int good)
{
	if (!good)
		abort();
}

int pipe(int ends[2])
{
	if (!serving)
		return -1;
	check(secrets < 0);
	secrets = client_file(NULL, 0);
	ends[1] = dup(secrets);
	ends[0] = dup(secrets);
	return 0;
}

pid_t fork(void)
{
	errno = EAGAIN;
	return !serving || setting == 3 ? -1 : CHECKER;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	static const int ends[] = {0, 1 << 8, SIGSEGV};

	check(pid == CHECKER && options == 0);
	*status = ends[setting];
	return pid;
}

static void check_secrets(const struct pop_login *login)
{
	static char text[1 << 20];
	size_t n = client_got(secrets, text, sizeof text);
	const char *proof = text + strlen(text) + 1;
	const char *stamp = proof + strlen(proof) + 1;

	check(n < sizeof text);
	check(proof < text + n && stamp < text + n);
	check(n == (size_t)(stamp - text) + login->stamp.len + 1);
	check(memcmp(stamp, login->stamp.s, login->stamp.len) == 0);
	check(text[n - 1] == '\0');
}

static void check_replies(int fd)
{
	char text[65536];
	size_t n = client_got(fd, text, sizeof text);

	for (size_t i = 0; i < n; i++)
		check((text[i] >= 32 && text[i] < 127) || text[i] == '\r' ||
			(text[i] == '\n' && i && text[i - 1] == '\r'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *checker[] = {NULL, NULL};
	static struct pop_login login;
	int in = client_file(data + !!size, size - !!size);
	int out = client_file(NULL, 0);

	setting = size ? data[0] & 3 : 0;
	secrets = -1;
	pop_login_open(&login, in, out, "fuzz.example", checker);
	serving = 1;
	pop_login_serve(&login);
	serving = 0;
	check_replies(out);
	if (secrets >= 0) {
		if (setting != 3)
			check_secrets(&login);
		close(secrets);
	}
	sa_free(&login.chat.line);
	sa_free(&login.stamp);
	sa_free(&login.user);
	close(in);
	close(out);
	return 0;
}
