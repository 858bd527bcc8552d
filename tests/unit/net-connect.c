/* SPDX-License-Identifier: 0BSD */
/* lib/net/connect: connections on loopback. */
#include "lib/net/connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

static const struct ip_addr here = {{127, 0, 0, 1}};

/* Listens on a port that was free. Returns the descriptor. */
static int listen_somewhere(unsigned *port)
{
	struct sockaddr_in self = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof self;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	want_num(0, bind(fd, (struct sockaddr *)&self, size));
	want_num(0, listen(fd, 1));
	want_num(0, getsockname(fd, (struct sockaddr *)&self, &size));
	*port = ntohs(self.sin_port);
	return fd;
}

TEST(a_connection_tells_both_its_ends)
{
	struct ip_addr seen;
	unsigned port;
	unsigned told;
	int listener = listen_somewhere(&port);
	int fd = net_connect(NULL, &here, port, 5);

	want_num(1, fd >= 0);
	want_num(0, net_remote_end(fd, &seen, &told));
	want_bytes("remote", here.b, 4, seen.b, 4);
	want_num(port, told);
	want_num(0, net_local_end(fd, &seen, &told));
	want_bytes("local", here.b, 4, seen.b, 4);
	close(fd);
	close(listener);
}

TEST(a_port_where_nobody_listens_refuses)
{
	unsigned port;

	close(listen_somewhere(&port));
	want_num(-1, net_connect(NULL, &here, port, 5));
	want_num(ECONNREFUSED, errno);
}

TEST(what_is_no_socket_has_no_end)
{
	struct ip_addr seen;
	unsigned port;

	want_num(-1, net_remote_end(0, &seen, &port));
}
