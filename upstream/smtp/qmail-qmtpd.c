/* SPDX-License-Identifier: 0BSD */
/* qmail-qmtpd: receives mail by QMTP on descriptors 0 and 1. See
 * qmail-qmtpd(8). */
#include <signal.h>
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "smtp/qmtp.h"

enum { LONGEST_SESSION = 3600 }; /* seconds */

static void out_of_time(int sig)
{
	(void)sig;
	_exit(EXIT_TEMP);
}

int main(void)
{
	static struct qmtp_session session;

	sig_ignore(SIGPIPE);
	sig_catch(SIGALRM, out_of_time);
	alarm(LONGEST_SESSION);
	if (qmtp_open(&session, 0, 1) < 0)
		return EXIT_TEMP;
	return qmtp_serve(&session);
}
