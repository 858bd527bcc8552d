/* SPDX-License-Identifier: 0BSD */
/* The process's connection to a mail server. */
#include "remote/connection.h"

#include <unistd.h>

#include "lib/io/timeout.h"
#include "lib/net/connect.h"

static long limit; /* seconds */

static ssize_t limited_read(int fd, void *to, size_t n)
{
	return timeout_read(limit, fd, to, n);
}

static ssize_t limited_write(int fd, const void *from, size_t n)
{
	return timeout_write(limit, fd, from, n);
}

int connection_open(struct connection *conn, const struct ip_addr *host,
	unsigned port, long connect_limit, long io_limit)
{
	conn->fd = net_connect(NULL, host, port, connect_limit);
	if (conn->fd < 0)
		return -1;
	conn->peer = *host;
	limit = io_limit;
	inbuf_init(&conn->in, limited_read, conn->fd, conn->in_mem,
		sizeof conn->in_mem);
	outbuf_init(&conn->out, limited_write, conn->fd, conn->out_mem,
		sizeof conn->out_mem);
	return 0;
}

void connection_close(struct connection *conn)
{
	close(conn->fd);
	conn->fd = -1;
}
