/* SPDX-License-Identifier: 0BSD */
/* qmail-smtpd: receives mail by SMTP on descriptors 0 and 1. See
 * qmail-smtpd(8). */
#include <signal.h>

#include "lib/io/proc.h"
#include "smtp/session.h"

int main(void)
{
	static struct smtp_session session;

	sig_ignore(SIGPIPE);
	if (smtp_open(&session, 0, 1) < 0)
		return 1;
	return smtp_serve(&session);
}
