/* SPDX-License-Identifier: 0BSD */
/* TCP connections to a host. */
#include "lib/net/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/io/fd.h"
#include "lib/io/timeout.h"

static void sockaddr_make(
	struct sockaddr_in *sa, const struct ip_addr *ip, unsigned port)
{
	memset(sa, 0, sizeof *sa);
	sa->sin_family = AF_INET;
	sa->sin_port = htons((uint16_t)port);
	memcpy(&sa->sin_addr, ip->b, sizeof ip->b);
}

static int bind_to(int fd, const struct ip_addr *ip)
{
	struct sockaddr_in sa;

	sockaddr_make(&sa, ip, 0);
	return bind(fd, (struct sockaddr *)&sa, sizeof sa);
}

/* Waits for the end of a connection attempt and tells how it went. */
static int outcome(int fd, long seconds)
{
	int error = 0;
	socklen_t n = sizeof error;

	if (timeout_writable(seconds, fd) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

static int attempt(
	int fd, const struct ip_addr *to, unsigned port, long seconds)
{
	struct sockaddr_in sa;

	sockaddr_make(&sa, to, port);
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0)
		return 0;
	/* an interrupted attempt goes on by itself */
	if (errno != EINPROGRESS && errno != EINTR)
		return -1;
	return outcome(fd, seconds);
}

int net_connect(const struct ip_addr *from, const struct ip_addr *to,
	unsigned port, long seconds)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	if (fd_cloexec(fd) == 0 && fd_nonblock(fd, 1) == 0 &&
		(!from || bind_to(fd, from) == 0) &&
		attempt(fd, to, port, seconds) == 0)
		return fd;
	fd_close(fd);
	return -1;
}

typedef int end_of(int fd, struct sockaddr *sa, socklen_t *n);

static int end_get(end_of *get, int fd, struct ip_addr *ip, unsigned *port)
{
	struct sockaddr_storage any;
	struct sockaddr_in sa;
	socklen_t n = sizeof any;

	if (get(fd, (struct sockaddr *)&any, &n) < 0)
		return -1;
	if (any.ss_family != AF_INET) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	memcpy(&sa, &any, sizeof sa);
	memcpy(ip->b, &sa.sin_addr, sizeof ip->b);
	*port = ntohs(sa.sin_port);
	return 0;
}

int net_local_end(int fd, struct ip_addr *ip, unsigned *port)
{
	return end_get(getsockname, fd, ip, port);
}

int net_remote_end(int fd, struct ip_addr *ip, unsigned *port)
{
	return end_get(getpeername, fd, ip, port);
}
