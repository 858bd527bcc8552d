/* SPDX-License-Identifier: 0BSD */
/* qmail-qmqpd: receives mail by QMQP on descriptors 0 and 1. See
 * qmail-qmqpd(8). */
#include <signal.h>
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "smtp/qmqp.h"

enum { LONGEST_SESSION = 3600 }; /* seconds */

static void out_of_time(int sig)
{
	(void)sig;
	_exit(EXIT_TEMP);
}

int main(void)
{
	static struct qmqp_session session;

	sig_ignore(SIGPIPE);
	sig_catch(SIGALRM, out_of_time);
	alarm(LONGEST_SESSION);
	qmqp_open(&session, 0, 1);
	return qmqp_serve(&session);
}
