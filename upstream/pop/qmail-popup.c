/* SPDX-License-Identifier: 0BSD */
/* qmail-popup: reads a POP3 client's name and password. See qmail-popup(8). */
#include <signal.h>

#include "lib/io/proc.h"
#include "pop/commands.h"
#include "pop/login.h"

int main(int argc, char **argv)
{
	static struct pop_login login;

	sig_ignore(SIGPIPE);
	if (argc < 3) {
		chat_init(&login.chat, 0, 1, POP_PATIENCE);
		pop_error(&login.chat, "usage: popup hostname subprogram");
		outbuf_flush(&login.chat.out);
		return 1;
	}
	pop_login_open(&login, 0, 1, argv[1], argv + 2);
	pop_login_serve(&login);
	return 1;
}
