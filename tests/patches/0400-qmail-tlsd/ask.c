/* SPDX-License-Identifier: 0BSD */
/* ask server|client PORT SECONDS [NAME]: connects to a port of 127.0.0.1, has TLS done on
 * the connection through lib/net/tlsask, says hello, and prints what it was told. */
#include "lib/net/tlsask.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/net/connect.h"

int main(int argc, char **argv)
{
	static struct tlsask_verdict verdict;
	struct ip_addr to = {{127, 0, 0, 1}};
	struct tlsask ask = {.alpn = "smtp"};
	char mem[100];
	ssize_t got;
	int plain, fd;

	signal(SIGPIPE, SIG_IGN);
	ask.side = strcmp(argv[1], "server") == 0 ? TLSASK_SERVER : TLSASK_CLIENT;
	ask.seconds = atoi(argv[3]);
	ask.name = argc > 4 ? argv[4] : NULL;
	ask.verify = argc > 4;
	printf("there %d\n", tlsask_there(ask.side));
	fd = net_connect(NULL, &to, (unsigned)atoi(argv[2]), 10);
	plain = tlsask(fd, &ask, &verdict);
	printf("fault '%s' why '%s' protocol '%s' peer '%s' alpn '%s'\n", verdict.fault,
		verdict.why, verdict.protocol, verdict.peer, verdict.alpn);
	close(fd);
	if (plain >= 0) {
		if (write(plain, "hello", 5) != 5)
			return 1;
		got = read(plain, mem, sizeof mem);
		printf("got %.*s\n", (int)got, mem);
	}
	tlsask_free(&verdict);
	return 0;
}
