/* SPDX-License-Identifier: 0BSD */
/* qmail-send: delivers the messages in the queue. */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "lib/str/alloc.h"
#include "queue/send-log.h"
#include "queue/send.h"

static int refuse(const char *why)
{
	log_line("alert: cannot start: ", why, NULL);
	return EXIT_TEMP;
}

/* What was handed to us is not handed on to qmail-queue, but for one that
 * merely keeps descriptor 2 from being any other file there: it cannot be
 * written to. */
static void keep_descriptors(void)
{
	for (int fd = 0; fd <= SEND_FROM_CLEAN; ++fd)
		if (fd != SEND_FROM_LOCAL)
			fd_cloexec(fd);
}

int main(void)
{
	int lock;

	alloc_failed = log_no_memory;
	keep_descriptors();
	sig_ignore(SIGPIPE);
	umask(077);
	if (chdir(qmail_home) < 0)
		return refuse("unable to switch to home directory");
	if (send_load() < 0)
		return refuse("unable to read controls");
	if (chdir("queue") < 0)
		return refuse("unable to switch to queue directory");
	/* held as long as the process lives */
	lock = open_write("lock/sendmutex");
	if (lock < 0)
		return refuse("unable to open mutex");
	if (fd_trylock(lock) < 0)
		return refuse("qmail-send is already running");
	if (send_connect() < 0)
		return refuse("hath the daemon spawn no fire?");
	send_run();
	return EXIT_DONE;
}
