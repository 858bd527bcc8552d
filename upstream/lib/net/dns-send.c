/* SPDX-License-Identifier: 0BSD */
/* Asking the name servers of resolv.conf(5). */
#include "lib/net/dns-send.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "lib/io/fd.h"
#include "lib/io/timeout.h"
#include "lib/str/byte.h"
#include "lib/str/scan.h"

/* resolv.conf(5)'s own defaults and limits */
enum {
	TIMEOUT_DEFAULT = 5,
	TIMEOUT_MAX = 30,
	ATTEMPTS_DEFAULT = 2,
	ATTEMPTS_MAX = 5
};

static const char resolv_conf[] = "/etc/resolv.conf";

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word of a line. Returns its length; 0 at the end. */
static slen word_next(const char **s, const char *end, const char **word)
{
	while (*s < end && is_blank(**s))
		(*s)++;
	*word = *s;
	while (*s < end && !is_blank(**s))
		(*s)++;
	return (slen)(*s - *word);
}

/* Stores the number of "name:NUMBER", kept between 1 and max. */
static void option_read(const char *word, slen n, const char *name,
	unsigned long max, unsigned long *value)
{
	slen skip = (slen)strlen(name);
	unsigned long number;

	if (n <= skip || memcmp(word, name, skip) != 0 ||
		scan_ulongb(word + skip, n - skip, &number) == 0)
		return;
	*value = number < 1 ? 1 : number > max ? max : number;
}

static void servers_line(
	struct dns_servers *servers, const char *s, const char *end)
{
	const char *word;
	slen n = word_next(&s, end, &word);

	if (byte_is(word, n, "nameserver")) {
		n = word_next(&s, end, &word);
		if (n == 0 || n >= sizeof servers->address[0] ||
			servers->count == DNS_SERVERS_MAX)
			return;
		memcpy(servers->address[servers->count], word, n);
		servers->address[servers->count++][n] = '\0';
	} else if (byte_is(word, n, "options")) {
		while ((n = word_next(&s, end, &word)) > 0) {
			option_read(word, n, "timeout:", TIMEOUT_MAX,
				&servers->timeout);
			option_read(word, n, "attempts:", ATTEMPTS_MAX,
				&servers->attempts);
		}
	}
}

void dns_servers_read(struct dns_servers *servers, const char *text, slen n)
{
	*servers = (struct dns_servers){
		.timeout = TIMEOUT_DEFAULT, .attempts = ATTEMPTS_DEFAULT};
	while (n > 0) {
		slen line = byte_find(text, n, '\n');

		servers_line(servers, text, text + line);
		if (line < n)
			line++;
		text += line;
		n -= line;
	}
	if (servers->count == 0) {
		memcpy(servers->address[0], "127.0.0.1", sizeof "127.0.0.1");
		servers->count = 1;
	}
}

/* The process's servers, read at its first query. Returns 0 if they cannot
 * be. */
static const struct dns_servers *servers_get(void)
{
	static struct dns_servers servers;
	static int known;
	struct stralloc text = {0};

	if (known)
		return &servers;
	if (copy_file(&text, resolv_conf) < 0) {
		sa_free(&text);
		return NULL;
	}
	dns_servers_read(&servers, text.s, text.len);
	sa_free(&text);
	known = 1;
	return &servers;
}

/* A socket that speaks to this server only, so that an answer from elsewhere is
 * never seen and an absent server is noticed. Returns -1 if it cannot be
 * had. */
static int server_open(const char *address)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found;
	int fd;

	if (getaddrinfo(address, "53", &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_DGRAM, 0);
	if (fd >= 0 &&
		(fd_cloexec(fd) < 0 || fd_nonblock(fd, 1) < 0 ||
			connect(fd, found->ai_addr, found->ai_addrlen) < 0)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* Does the answer settle the question, or should another server be asked? */
static int is_final(const unsigned char *answer)
{
	enum { SERVER_FAILED = 2, NOT_IMPLEMENTED = 4, REFUSED = 5 };
	int rcode = answer[3] & 0x0f;

	return rcode != SERVER_FAILED && rcode != NOT_IMPLEMENTED &&
		rcode != REFUSED;
}

/* Sends the query and waits for an answer to it. Returns its length; 0 if none
 * came in time. */
static slen exchange(int fd, const unsigned char *query, slen querylen,
	unsigned char *answer, unsigned long seconds)
{
	long deadline = timeout_clock() + (long)seconds;
	long left = (long)seconds;

	if (fd_write(fd, query, querylen) != (ssize_t)querylen)
		return 0;
	for (; left > 0; left = deadline - timeout_clock()) {
		ssize_t n = timeout_read(left, fd, answer, DNS_ANSWER_MAX);

		if (n > 0 && dns_reply_fits(query, querylen, answer, (slen)n))
			return is_final(answer) ? (slen)n : 0;
		if (n < 0 && errno != EAGAIN)
			return 0;
	}
	return 0;
}

static slen ask(const char *address, const unsigned char *query, slen querylen,
	unsigned char *answer, unsigned long seconds)
{
	int fd = server_open(address);
	slen n;

	if (fd < 0)
		return 0;
	n = exchange(fd, query, querylen, answer, seconds);
	close(fd);
	return n;
}

/* A number nobody can guess; the port is one as well, by the kernel. */
static unsigned query_id(void)
{
	unsigned char random[2];

	if (getentropy(random, sizeof random) < 0)
		return (unsigned)getpid() & 0xffff;
	return (unsigned)random[0] << 8 | random[1];
}

enum dns_result dns_send(const char *name, slen n, enum dns_type type,
	unsigned char answer[DNS_ANSWER_MAX], slen *len)
{
	unsigned char query[DNS_QUERY_MAX];
	slen querylen = dns_query_make(query, name, n, type, query_id());
	const struct dns_servers *servers = servers_get();
	unsigned long seconds;

	if (querylen == 0)
		return DNS_NONE;
	if (!servers)
		return DNS_TEMP;
	for (unsigned long try = 0; try < servers->attempts; try++) {
		/* each round is twice as patient, shared by the servers */
		seconds = servers->timeout << try;
		if (try > 0)
			seconds /= (unsigned long)servers->count;
		for (int i = 0; i < servers->count; i++) {
			*len = ask(servers->address[i], query, querylen, answer,
				seconds > 0 ? seconds : 1);
			if (*len > 0)
				return DNS_OK;
		}
	}
	return DNS_TEMP;
}
