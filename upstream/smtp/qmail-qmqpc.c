/* SPDX-License-Identifier: 0BSD */
/* qmail-qmqpc: queues a message on another host, by QMQP. See
 * qmail-qmqpc(8). */
#include <signal.h>
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/control.h"
#include "lib/mail/home.h"
#include "lib/mail/submit-verdict.h"
#include "lib/str/alloc.h"
#include "smtp/qmqpc.h"

static void no_memory(void)
{
	_exit(QUEUE_NO_MEMORY);
}

int main(void)
{
	static struct stralloc servers;
	static struct qmqpc_mail mail;
	int code;

	sig_ignore(SIGPIPE);
	alloc_failed = no_memory;
	if (chdir(qmail_home) < 0)
		return QUEUE_NO_HOME;
	if (control_list(&servers, "control/qmqpservers") != 1)
		return QUEUE_NO_CONFIG;
	code = qmqpc_read(&mail, 0, 1);
	return code ? code : qmqpc_deliver(&mail, &servers);
}
