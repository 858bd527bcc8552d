/* SPDX-License-Identifier: 0BSD */
/* The process's connection to a mail server. */
#ifndef REMOTE_CONNECTION_H
#define REMOTE_CONNECTION_H

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/net/ip.h"

struct connection {
	int fd;
	struct ip_addr peer;
	/* whoever puts another layer between changes op and fd of both */
	struct inbuf in;
	struct outbuf out;
	char in_mem[1024];
	char out_mem[4096];
};

/* Connects to a port of the host within connect_limit seconds; afterwards
 * nothing read or written may take longer than io_limit seconds, which is the
 * whole process's. Returns 0, or -1 with errno. */
int connection_open(struct connection *conn, const struct ip_addr *host,
	unsigned port, long connect_limit, long io_limit);

void connection_close(struct connection *conn);

#endif
