/* SPDX-License-Identifier: 0BSD */
/* qmail-lspawn: starts local deliveries for qmail-send. */
#include <unistd.h>

#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "local/lspawn.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		return EXIT_PERM;
	if (chdir(qmail_home) < 0 || chdir("queue/mess") < 0)
		return EXIT_TEMP;
	return lspawn_serve(argv[1]);
}
