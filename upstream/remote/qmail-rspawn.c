/* SPDX-License-Identifier: 0BSD */
/* qmail-rspawn: runs qmail-remote for each delivery that qmail-send orders. */
#include <errno.h>
#include <unistd.h>

#include "lib/io/errpass.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "queue/spawn.h"
#include "remote/tcpto.h"
#include "remote/verdict.h"

static const char spool[] = "queue/mess";

/* Becomes qmail-remote, found through PATH: the host is what follows the last
 * @. */
static void become_remote(const struct spawn_job *job)
{
	static char program[] = "qmail-remote";
	char *argv[] = {program, job->recipient + job->at + 1, job->sender,
		job->recipient, NULL};

	if (chdir(qmail_home) < 0)
		_exit(EXIT_TEMP);
	execvp(program, argv);
	_exit(errno_passes(errno) ? EXIT_TEMP : EXIT_PERM);
}

int main(void)
{
	static const struct spawner spawner = {
		.run = become_remote, .report = verdict_put};

	if (chdir(qmail_home) < 0)
		return EXIT_TEMP;
	/* a new run starts with no host avoided; without the table none is */
	tcpto_forget();
	if (chdir(spool) < 0)
		return EXIT_TEMP;
	return spawn_serve(&spawner);
}
