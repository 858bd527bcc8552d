/* SPDX-License-Identifier: 0BSD */
/* Takes messages by SMTP and throws them away.
 *
 * sink PORT MESSAGES SECONDS [hold]
 *
 * Ends after so many messages or seconds; MESSAGES may be 0 for no end but the
 * time's. With "hold" no message is acknowledged until SIGUSR1 comes; the connections
 * stay open. From then on it waits a minute at most. Prints a JSON object: messages,
 * seconds from the first connection to the last message, connections, the most at once,
 * the most held at once, lines that begin a DKIM-Signature, and the time a message took
 * since what its field X-T says. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <signal.h>
#include <strings.h>
#include <unistd.h>

enum { SESSIONS_MAX = 65536, LATENCIES_MAX = 1000000 };

struct session {
	int in_data, held;
	double began;
	size_t len;
	char in[8192];
};

static struct session *sessions[SESSIONS_MAX];
static int ep;
static volatile sig_atomic_t holding;
static long got, signatures, connections, open_now, most_open, held_now, most_held, n_late;
static double first, last, *late;

static void let_go(int sig)
{
	(void)sig;
	holding = 0;
}

static int put(int fd, const char *text)
{
	size_t n = strlen(text);

	return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static int acknowledge(int fd, struct session *s)
{
	got++;
	last = load_now();
	if (s->began > 0 && n_late < LATENCIES_MAX)
		late[n_late++] = last - s->began;
	return put(fd, "250 ok\r\n");
}

static int data_line(int fd, struct session *s, const char *line)
{
	if (line[0] == '.' && (line[1] == '\r' || line[1] == '\n')) {
		s->in_data = 0;
		if (!holding)
			return acknowledge(fd, s);
		s->held = 1;
		if (++held_now > most_held)
			most_held = held_now;
	} else if (!(s->began > 0) && !strncasecmp(line, "X-T:", 4)) {
		s->began = atof(line + 4);
	} else if (!strncasecmp(line, "DKIM-Signature:", 15)) {
		signatures++;
	}
	return 0;
}

static int command(int fd, struct session *s, const char *line)
{
	if (!strncasecmp(line, "EHLO", 4))
		return put(fd,
			"250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
	if (!strncasecmp(line, "DATA", 4)) {
		s->in_data = 1;
		s->began = 0;
		return put(fd, "354 go on\r\n");
	}
	if (!strncasecmp(line, "QUIT", 4)) {
		put(fd, "221 bye\r\n");
		return -1;
	}
	return put(fd, "250 ok\r\n");
}

/* The whole lines that are there, up to a message that is held: a client may have sent
 * more behind its end, which has to wait. -1 if that is the connection's end. */
static int lines(int fd, struct session *s)
{
	char *line = s->in, *end;

	while (!s->held &&
		(end = memchr(line, '\n', s->len - (size_t)(line - s->in)))) {
		if ((s->in_data ? data_line : command)(fd, s, line))
			return -1;
		line = end + 1;
	}
	s->len -= (size_t)(line - s->in);
	memmove(s->in, line, s->len + 1);
	if (!s->held && s->len == sizeof s->in - 1)
		s->len = 0; /* of a line this long only the end counts */
	return 0;
}

static int hear(int fd, struct session *s)
{
	ssize_t n = recv(fd, s->in + s->len, sizeof s->in - 1 - s->len, 0);

	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (!n && s->held) { /* it says no more, but still listens */
		load_watch(ep, EPOLL_CTL_MOD, fd, (unsigned)fd, -1);
		return 0;
	}
	if (!n)
		return -1;
	s->len += (size_t)n;
	s->in[s->len] = 0;
	return lines(fd, s);
}

static void finish(int fd)
{
	held_now -= sessions[fd]->held;
	close(fd);
	free(sessions[fd]);
	sessions[fd] = NULL;
	open_now--;
}

static void welcome(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		if (fd >= SESSIONS_MAX) {
			close(fd);
			continue;
		}
		load_no_delay(fd);
		if (!connections++)
			first = load_now();
		if (++open_now > most_open)
			most_open = open_now;
		sessions[fd] = load_room(1, sizeof *sessions[fd]);
		load_watch(ep, EPOLL_CTL_ADD, fd, (unsigned)fd, 0);
		if (put(fd, "220 sink.test ESMTP\r\n"))
			finish(fd);
	}
}

static void release(void)
{
	for (int fd = 0; fd < SESSIONS_MAX; fd++) {
		if (!sessions[fd] || !sessions[fd]->held)
			continue;
		sessions[fd]->held = 0;
		held_now--;
		load_watch(ep, EPOLL_CTL_MOD, fd, (unsigned)fd, 0);
		if (acknowledge(fd, sessions[fd]) || lines(fd, sessions[fd]))
			finish(fd);
	}
}

/* Waits once, for a fifth of a second at most, and serves what there is. */
static void turn(int listener)
{
	struct epoll_event seen[256];
	int n = epoll_wait(ep, seen, 256, 200);

	for (int i = 0; i < n; i++) {
		int fd = (int)seen[i].data.u32;

		if (fd == listener)
			welcome(listener);
		else if (sessions[fd] &&
			((seen[i].events & EPOLLHUP) || hear(fd, sessions[fd])))
			finish(fd);
	}
	if (!holding && held_now)
		release();
}

static int listen_on(const char *port)
{
	struct sockaddr_in at = load_address(port);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096)) {
		perror("sink: cannot listen");
		exit(111);
	}
	return fd;
}

int main(int argc, char **argv)
{
	double end = load_now(), linger;
	long wanted;
	int listener;

	if (argc < 4) {
		fprintf(stderr, "usage: sink PORT MESSAGES SECONDS [hold]\n");
		return 100;
	}
	wanted = atol(argv[2]);
	holding = argc > 4;
	signal(SIGUSR1, let_go);
	late = load_room(LATENCIES_MAX, sizeof *late);
	listener = listen_on(argv[1]);
	ep = epoll_create1(EPOLL_CLOEXEC);
	load_watch(ep, EPOLL_CTL_ADD, listener, (unsigned)listener, 0);
	end += atof(argv[3]);
	while ((!wanted || got < wanted) && load_now() < end) {
		int held = holding;

		turn(listener);
		if (held && !holding && end > load_now() + 60)
			end = load_now() + 60;
	}
	printf("{\"got\": %ld, \"secs\": %.4f, \"connections\": %ld, "
	       "\"most_open\": %ld, \"most_held\": %ld, \"last\": %.6f, "
	       "\"signatures\": %ld",
		got, last - first, connections, most_open, most_held, last,
		signatures);
	load_tell("late", late, n_late);
	printf("}\n");
	fflush(stdout);
	/* The clients' last words. */
	for (linger = load_now(); open_now && load_now() - linger < 1;)
		turn(listener);
	return !wanted || got >= wanted ? 0 : 1;
}
