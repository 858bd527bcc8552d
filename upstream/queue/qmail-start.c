/* SPDX-License-Identifier: 0BSD */
/* qmail-start: starts the mail system. */
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mail/exits.h"
#include "queue/start.h"

int main(int argc, char **argv)
{
	char mailbox[] = "./Mailbox";

	if (chdir("/") < 0)
		return EXIT_TEMP;
	umask(077);
	start_mail(argc > 1 ? argv[1] : mailbox, argc > 2 ? argv + 2 : NULL);
	return EXIT_TEMP;
}
