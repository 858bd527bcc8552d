/* SPDX-License-Identifier: 0BSD */
/* Sends messages by SMTP over many connections, from one process.
 *
 * source PORT CLIENTS MESSAGES SIZE EACH SENDER RECIPIENT SECONDS [FILE]
 *
 * EACH messages a connection; 0: all of them over CLIENTS lasting connections. A
 * message tells in a field X-T when it was begun (with EACH 1: when its connection
 * was), in seconds of CLOCK_MONOTONIC; what follows is SIZE bytes of x, or what FILE
 * has, in CR LF lines of which none begins with a dot. Gives up after SECONDS. Prints a JSON object;
 * exit code 0 if every message was acknowledged. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { CLIENTS_MAX = 4096, LINE_MAX_IN = 1024 };
enum state { BANNER, GREETING, MAIL, RCPT, DATA, BODY };

struct client {
	int fd;
	enum state state;
	long left;
	double began;
	char head[128];
	size_t head_len, sent, total;
	char in[LINE_MAX_IN];
	size_t in_len;
};

static struct client clients[CLIENTS_MAX];
static int ep;
static char *body;
static size_t body_len;
static const char *sender, *recipient, *rest = "Subject: load\r\n\r\n";
static double *acks;
static long wanted, started, acked, over;
static double last_ack;

static void make_body(size_t size)
{
	body = load_room(size + 100, 1);
	while (body_len + 80 <= size) {
		memset(body + body_len, 'x', 78);
		memcpy(body + body_len + 78, "\r\n", 2);
		body_len += 80;
	}
	memcpy(body + body_len, ".\r\n", 3);
	body_len += 3;
}

static void read_body(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 1 << 20;

	if (!file) {
		perror("source: cannot read the message");
		exit(111);
	}
	body = load_room(room, 1);
	body_len = fread(body, 1, room - 4, file);
	fclose(file);
	memcpy(body + body_len, ".\r\n", 3);
	body_len += 3;
	rest = "";
}

static void client_end(struct client *c)
{
	over += c->left;
	close(c->fd);
	c->fd = -1;
}

/* One more connection; -1 if that is impossible. */
static int client_begin(
	struct client *c, long each, long share, const struct sockaddr_in *to)
{
	c->left = each ? each : share;
	if (c->left > wanted - started)
		c->left = wanted - started;
	if (c->left <= 0)
		return 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -1;
	load_no_delay(c->fd);
	c->state = BANNER;
	c->in_len = 0;
	c->sent = c->total = 0;
	c->began = load_now();
	started += c->left;
	if (connect(c->fd, (const struct sockaddr *)to, sizeof *to) &&
		errno != EINPROGRESS)
		return -1;
	load_watch(ep, EPOLL_CTL_ADD, c->fd, (unsigned)(c - clients), 0);
	return 0;
}

static int say(struct client *c, const char *verb, const char *address)
{
	char line[600];
	int n = address
		? snprintf(line, sizeof line, "%s:<%s>\r\n", verb, address)
		: snprintf(line, sizeof line, "%s\r\n", verb);

	return send(c->fd, line, (size_t)n, MSG_NOSIGNAL) == n ? 0 : -1;
}

/* As much of the message as the socket takes. */
static int push(struct client *c)
{
	while (c->sent < c->total) {
		ssize_t n;

		if (c->sent < c->head_len)
			n = send(c->fd, c->head + c->sent,
				c->head_len - c->sent, MSG_NOSIGNAL | MSG_MORE);
		else
			n = send(c->fd, body + (c->sent - c->head_len),
				c->total - c->sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return -1;
		if (n < 0) {
			load_watch(ep, EPOLL_CTL_MOD, c->fd,
				(unsigned)(c - clients), 1);
			return 0;
		}
		c->sent += (size_t)n;
	}
	load_watch(ep, EPOLL_CTL_MOD, c->fd, (unsigned)(c - clients), 0);
	return 0;
}

static int begin_body(struct client *c)
{
	c->head_len = (size_t)snprintf(c->head, sizeof c->head,
		"X-T: %.6f\r\n%s", c->began, rest);
	c->sent = 0;
	c->total = c->head_len + body_len;
	return push(c);
}

/* After a good answer: the next step; -1 if the connection is done with. */
static int step(struct client *c)
{
	enum state was = c->state;

	if (was == BODY) {
		last_ack = load_now();
		acks[acked++] = last_ack - c->began;
		over++;
		if (!--c->left) {
			say(c, "QUIT", NULL);
			return -1;
		}
		c->began = load_now();
		was = GREETING;
	}
	c->state = was + 1;
	switch (was) {
	case BANNER:
		return say(c, "EHLO load.test", NULL);
	case GREETING:
		return say(c, "MAIL FROM", sender);
	case MAIL:
		return say(c, "RCPT TO", recipient);
	case RCPT:
		return say(c, "DATA", NULL);
	default:
		return begin_body(c);
	}
}

/* The lines of an answer, each when it is whole. */
static int answers(struct client *c)
{
	static int told;
	char *end;

	while ((end = memchr(c->in, '\n', c->in_len))) {
		size_t used = (size_t)(end - c->in) + 1;
		int last = used < 4 || c->in[3] != '-', good = c->in[0] < '4';

		if (!good && told++ < 3)
			fprintf(stderr, "source: in state %d: %.*s\n",
				(int)c->state, (int)used, c->in);
		memmove(c->in, end + 1, c->in_len -= used);
		if (!good || (last && step(c)))
			return -1;
	}
	return c->in_len == sizeof c->in ? -1 : 0;
}

static int event(struct client *c, unsigned what)
{
	ssize_t n;

	if ((what & EPOLLOUT) && c->state == BODY && push(c))
		return -1;
	if (!(what & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	n = recv(c->fd, c->in + c->in_len, sizeof c->in - c->in_len, 0);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->in_len += (size_t)n;
	return n ? answers(c) : -1;
}

static int fill(long count, long each, const struct sockaddr_in *to)
{
	for (long i = 0; i < count && started < wanted; i++) {
		long share = wanted / count + (i < wanted % count);

		if (clients[i].fd < 0 &&
			client_begin(&clients[i], each, share, to)) {
			perror("source: connect");
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct epoll_event seen[256];
	struct sockaddr_in to;
	double t0;
	long count;

	if (argc != 9 && argc != 10) {
		fprintf(stderr,
			"usage: source PORT CLIENTS MESSAGES SIZE EACH SENDER "
			"RECIPIENT SECONDS [FILE]\n");
		return 100;
	}
	to = load_address(argv[1]);
	count = atol(argv[2]);
	if (count < 1 || count > CLIENTS_MAX)
		return 100;
	wanted = atol(argv[3]);
	if (argc == 10)
		read_body(argv[9]);
	else
		make_body((size_t)atol(argv[4]));
	sender = argv[6];
	recipient = argv[7];
	acks = load_room((size_t)wanted + 1, sizeof *acks);
	ep = epoll_create1(EPOLL_CLOEXEC);
	for (long i = 0; i < count; i++)
		clients[i].fd = -1;
	last_ack = t0 = load_now();
	while (over < wanted && load_now() - t0 < atof(argv[8])) {
		if (fill(count, atol(argv[5]), &to))
			return 111;
		for (int i = 0, n = epoll_wait(ep, seen, 256, 1000); i < n;
			i++) {
			struct client *c = &clients[seen[i].data.u32];

			if (c->fd >= 0 && event(c, seen[i].events))
				client_end(c);
		}
	}
	printf("{\"acked\": %ld, \"bad\": %ld, \"secs\": %.4f", acked,
		wanted - acked, last_ack - t0);
	load_tell("ack", acks, acked);
	printf("}\n");
	return acked == wanted ? 0 : 1;
}
