/* SPDX-License-Identifier: 0BSD */
/* qmail-remote: sends one message by SMTP, reports on descriptor 1. */
#include <signal.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/home.h"
#include "lib/str/alloc.h"
#include "remote/transfer.h"
#include "remote/report.h"

/* host, sender and a recipient behind the program's name */
enum { ARGUMENTS_MIN = 4 };

static struct outbuf report;
static char report_mem[2048];

/* The reports tell it all, so the exit code is always 0. */
_Noreturn static void finish(void)
{
	outbuf_flush(&report);
	_exit(0);
}

_Noreturn static void give_up(char letter, const char *text)
{
	report_put(&report, letter, text, "\n", NULL);
	finish();
}

static void no_memory(void)
{
	give_up('Z', "Out of memory. (#4.3.0)");
}

int main(int argc, char **argv)
{
	struct remote_settings settings = {0};
	struct inbuf message;
	static char message_mem[4096];
	struct transfer job = {
		.settings = &settings, .message = &message, .report = &report};

	sig_ignore(SIGPIPE);
	outbuf_init(&report, fd_write, 1, report_mem, sizeof report_mem);
	alloc_failed = no_memory;
	if (argc < ARGUMENTS_MIN)
		give_up('D',
			"I (qmail-remote) was invoked improperly. "
			"(#5.3.5)");
	if (chdir(qmail_home) < 0)
		give_up('Z', "Unable to switch to home directory. (#4.3.0)");
	if (!remote_settings_read(&settings))
		give_up('Z', "Unable to read control files. (#4.3.0)");
	inbuf_init(&message, fd_read, 0, message_mem, sizeof message_mem);
	job.host = argv[1];
	job.sender = argv[2];
	job.recipients = argv + 3;
	transfer_run(&job);
	finish();
}
