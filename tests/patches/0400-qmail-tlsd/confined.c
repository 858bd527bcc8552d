/* SPDX-License-Identifier: 0BSD */
/* To be preloaded into qmail-tlsd: when a session has begun to carry bytes, it tries to
 * get out in every way that a thief would, and says on descriptor 2 what succeeded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static void tell(const char *what, int succeeded)
{
	char line[200];
	int n = snprintf(line, sizeof line, "attempt %s: %s\n", what,
		succeeded ? "SUCCEEDED" : strerror(errno));

	write(2, line, (size_t)n);
}

static void attempts(void)
{
	struct stat st;
	int fds[2];

	tell("open /", open("/", O_RDONLY) >= 0);
	tell("open .", open(".", O_RDONLY | O_PATH) >= 0);
	tell("open key", open("/var/qmail/control/servercert.pem", O_RDONLY) >= 0);
	tell("open key in place", open("control/servercert.pem", O_RDONLY) >= 0);
	tell("open key above", open("../../control/servercert.pem", O_RDONLY) >= 0);
	tell("make file", open("x", O_WRONLY | O_CREAT, 0600) >= 0);
	tell("open /dev/null", open("/dev/null", O_RDONLY) >= 0);
	tell("open /proc", open("/proc/self/mem", O_RDONLY) >= 0);
	tell("stat key", stat("/var/qmail/control/servercert.pem", &st) == 0);
	tell("dup", dup(2) >= 0);
	tell("socket", socket(AF_INET, SOCK_STREAM, 0) >= 0);
	tell("pipe", pipe(fds) == 0);
	tell("fork", fork() >= 0);
	tell("exec", execl("/bin/sh", "sh", NULL) == 0);
	tell("root again", setuid(0) == 0);
	tell("chroot", chroot("/") == 0);
	tell("trace parent", ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0);
	tell("a fourth descriptor", fcntl(3, F_GETFD) >= 0);
}

/* A session, which may not even ask; the worker is none that tries itself out when it
 * starts. */
static int in_session(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= 3;
}

/* When the session is over a descriptor is free: with it nothing can be had, and nobody
 * else of the uid be harmed. */
int SSL_shutdown(SSL *ssl)
{
	struct rlimit both;
	int (*real)(SSL *);
	int fds[2];

	if (in_session()) {
		close(0);
		tell("socket in a free place", socket(AF_INET, SOCK_STREAM, 0) >= 0);
		tell("dup in a free place", dup(2) >= 0);
		tell("signal parent", kill(getppid(), 0) == 0);
		tell("limit parent", prlimit(getppid(), RLIMIT_CPU, NULL, &both) == 0);
		tell("signals to parent", fcntl(1, F_SETOWN, getppid()) == 0);
		/* with two free places */
		close(1);
		tell("pair of datagrams",
			socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
		tell("pair of another family",
			socketpair(AF_INET, SOCK_STREAM, 0, fds) == 0 ||
				errno != EPERM);
		return 1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "SSL_shutdown");
	return real(ssl);
}

/* The session reads for the first time when everything has been given up. */
int SSL_read(SSL *ssl, void *to, int n)
{
	static int done;
	int (*real)(SSL *, void *, int);

	if (!done && in_session() && SSL_is_init_finished(ssl)) {
		done = 1;
		attempts();
	}
	*(void **)&real = dlsym(RTLD_NEXT, "SSL_read");
	return real(ssl, to, n);
}
