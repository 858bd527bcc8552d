/* SPDX-License-Identifier: 0BSD */
/* qmail-clean: removes files from the queue for qmail-send. */
#include <signal.h>
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "queue/clean.h"

int main(void)
{
	if (chdir(qmail_home) < 0 || chdir("queue") < 0)
		return EXIT_TEMP;
	sig_ignore(SIGPIPE);
	return clean_serve(0, 1);
}
