/* SPDX-License-Identifier: 0BSD */
/* qmail-tcpok: forgets which hosts connections have timed out to. */
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "remote/tcpto.h"

int main(void)
{
	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, "qmail-tcpok: fatal: unable to chdir to ",
			qmail_home, die_errno, NULL);
	if (tcpto_forget() < 0)
		die(EXIT_TEMP,
			"qmail-tcpok: fatal: unable to write queue/lock/"
			"tcpto",
			die_errno, NULL);
	return 0;
}
