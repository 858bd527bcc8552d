/* SPDX-License-Identifier: 0BSD */
/* Stands in for qmail-tlsd, for targets of servers that begin TLS in mid-session, and
 * has the session's two ends: what comes before TLS and what comes inside.
 *
 * Input: a byte of settings, then three pieces with FF FF between them: what the
 * client, or somebody in its stead, sends before TLS; what the service says of the
 * handshake; what the client sends inside. */
#ifndef FUZZ_TLS_STAND_IN_H
#define FUZZ_TLS_STAND_IN_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/net/tlsask.h"

/* Nobody reads the replies before the end: those to so many bytes fit the socket. */
enum { PIECE_MAX = 1000, SOCKET_ROOM = 1 << 18 };

struct piece {
	const uint8_t *data;
	size_t size;
};

/* What a run is given, and what has become of it. */
static struct {
	struct piece before;
	struct piece verdict;
	struct piece inside;
	const char *alpn; /* that has to be asked for */
	int away;         /* there is no service */

	int asked;
	int begun;
	int client;           /* its end of what is inside */
	void (*starts)(void); /* called when TLS begins */
	struct tlsask_verdict *said;
} tls;

static inline void tls_check(int good)
{
	if (!good)
		abort();
}

/* The same moment always, so that two runs say the same. */
time_t time(time_t *to)
{
	if (to)
		*to = 1000000000;
	return 1000000000;
}

static inline struct piece tls_piece(const uint8_t **data, size_t *size)
{
	struct piece piece = {*data, *size};

	for (size_t i = 0; i + 1 < *size; i++)
		if ((*data)[i] == 0xFF && (*data)[i + 1] == 0xFF) {
			piece.size = i;
			*data += i + 2;
			*size -= i + 2;
			return piece;
		}
	*data += *size;
	*size = 0;
	return piece;
}

static inline size_t tls_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline void tls_input(const uint8_t *data, size_t size)
{
	tls.before = tls_piece(&data, &size);
	tls.verdict = tls_piece(&data, &size);
	tls.inside = tls_piece(&data, &size);
	tls.before.size = tls_least(tls.before.size, PIECE_MAX);
	tls.verdict.size = tls_least(tls.verdict.size, TLSFIELDS_MAX);
	tls.inside.size = tls_least(tls.inside.size, PIECE_MAX);
}

/* A connection on which the client has said its piece and nothing more. Returns the
 * server's end. */
static inline int tls_connect(struct piece said, int *client)
{
	int ends[2];
	int room = SOCKET_ROOM;

	tls_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	tls_check(write(ends[1], said.data, said.size) == (ssize_t)said.size);
	tls_check(shutdown(ends[1], SHUT_WR) == 0);
	*client = ends[1];
	return ends[0];
}

/* All that the server said, now that it has closed its end. */
static inline void tls_replies(struct stralloc *to, int client)
{
	char mem[4096];
	ssize_t n;

	sa_clear(to);
	while ((n = read(client, mem, sizeof mem)) > 0)
		sa_catb(to, mem, (slen)n);
	close(client);
}

static inline int tls_ends(const struct stralloc *text, const char *end)
{
	size_t n = strlen(end);

	return text->len >= n && memcmp(text->s + text->len - n, end, n) == 0;
}

static inline int tls_same(const struct stralloc *a, const struct stralloc *b)
{
	return a->len == b->len && (!a->len || memcmp(a->s, b->s, a->len) == 0);
}

int tlsask_there(enum tlsask_side side)
{
	tls_check(side == TLSASK_SERVER);
	return !tls.away;
}

/* The handshake never comes twice, and never where there is no service. */
int tlsask(int fd, const struct tlsask *ask, struct tlsask_verdict *verdict)
{
	tls_check(!tls.asked && !tls.away && fd >= 0);
	tls_check(ask->side == TLSASK_SERVER && strcmp(ask->alpn, tls.alpn) == 0);
	tls.asked = 1;
	tls.said = verdict;
	if (tlsask_parse(verdict, (const char *)tls.verdict.data, tls.verdict.size) != 1)
		return -1;
	tls.begun = 1;
	tls.starts();
	return tls_connect(tls.inside, &tls.client);
}

#endif
