/* SPDX-License-Identifier: 0BSD */
/* handshakes PORT PROCESSES SECONDS VERSION RESUME: SMTP sessions with STARTTLS, one after
 * another in each process: greeting, EHLO, STARTTLS, handshake, EHLO, QUIT. VERSION is 1.2 or
 * 1.3; RESUME 1: with the ticket of the session before. Prints JSON: ended, resumed, bad, secs. */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

struct count {
	long ended;
	long resumed;
	long bad;
};

static SSL_SESSION *ticket;

static int on_ticket(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(ticket);
	ticket = session;
	return 1;
}

/* Is the reply in text over: a line whose code has a blank behind it? */
static int whole(const char *text, size_t n)
{
	const char *line = text;
	const char *lf;

	while ((lf = memchr(line, '\n', n - (size_t)(line - text)))) {
		if (lf - line >= 4 && line[3] == ' ')
			return line[0] == '2';
		line = lf + 1;
	}
	return 0;
}

/* Says something, unless it is empty, and reads the reply; through TLS if there is any. */
static int talk(int fd, SSL *ssl, const char *words)
{
	char text[4096];
	size_t n = strlen(words);
	size_t got = 0;

	if (n && (ssl ? SSL_write(ssl, words, (int)n) : (int)write(fd, words, n)) != (int)n)
		return 0;
	while (got < sizeof text) {
		int more = ssl ? SSL_read(ssl, text + got, (int)(sizeof text - got))
			       : (int)read(fd, text + got, sizeof text - got);

		if (more <= 0)
			return 0;
		got += (size_t)more;
		if (whole(text, got))
			return 1;
	}
	return 0;
}

static int reach(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

static int session(SSL_CTX *ctx, int port, int resume, struct count *count)
{
	int fd = reach(port);
	SSL *ssl = NULL;
	int good = 0;

	if (fd >= 0 && talk(fd, NULL, "") && talk(fd, NULL, "EHLO load.test\r\n") &&
		talk(fd, NULL, "STARTTLS\r\n") && (ssl = SSL_new(ctx)) && SSL_set_fd(ssl, fd)) {
		/* a copy: the library marks a ticket as spent */
		SSL_SESSION *old = resume && ticket ? SSL_SESSION_dup(ticket) : NULL;

		if (old)
			SSL_set_session(ssl, old);
		SSL_SESSION_free(old);
		good = SSL_connect(ssl) == 1 && talk(fd, ssl, "EHLO load.test\r\n") &&
		       talk(fd, ssl, "QUIT\r\n");
		count->resumed += good && SSL_session_reused(ssl);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	if (fd >= 0)
		close(fd);
	return good;
}

static void work(int port, double end, int version, int resume, struct count *count)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_session_cache_mode(
		ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_ticket);
	while (load_now() < end)
		if (session(ctx, port, resume, count))
			count->ended++;
		else
			count->bad++;
}

int main(int argc, char **argv)
{
	struct count *counts = mmap(NULL, 100 * sizeof *counts, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct count all = {0};
	double begun = load_now();
	int many;

	if (argc != 6 || counts == MAP_FAILED || (many = atoi(argv[2])) > 100)
		return 100;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < many; i++) {
		if (fork() == 0) {
			work(atoi(argv[1]), begun + atof(argv[3]),
				strcmp(argv[4], "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION,
				atoi(argv[5]), &counts[i]);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < many; i++) {
		all.ended += counts[i].ended;
		all.resumed += counts[i].resumed;
		all.bad += counts[i].bad;
	}
	printf("{\"ended\": %ld, \"resumed\": %ld, \"bad\": %ld, \"secs\": %.3f}\n", all.ended,
		all.resumed, all.bad, load_now() - begun);
	return 0;
}
