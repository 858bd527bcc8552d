/* SPDX-License-Identifier: 0BSD */
/* Running deliveries for qmail-send, many at once. */
#include "queue/spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/accounts.h"
#include "lib/mail/exits.h"
#include "lib/str/alloc.h"
#include "queue/spawn-command.h"

/* The most that is kept of a delivery's output when the spawner sets no limit.
 * qmail-send looks at 10000 bytes of a report. */
enum { OUTPUT_MAX = 1 << 24 };

static const char cut_notice[] = "\nError report too long, sorry.\n";

/* One of the deliveries that may run. */
struct delivery {
	int running;          /* started and not yet reported */
	pid_t pid;            /* 0 once the process has ended */
	int status;           /* its wait status then */
	int output;           /* read end of the report pipe; -1 at its end */
	int cut;              /* the output was too long and is cut already */
	struct stralloc text; /* what it wrote */
};

/* The process: a spawner is nothing else. */
static const struct spawner *kind;
static struct delivery deliveries[SPAWN_MAX];
static uid_t queue_owner;
static struct outbuf reports;
static char reports_mem[1024];
static int child_ended[2]; /* the signal handler's way to wake the loop */

static void note_child(int sig)
{
	int error = errno;

	(void)sig;
	/* A full pipe wakes the loop as well. */
	if (write(child_ended[1], "", 1) < 0)
		errno = error;
}

/* Deliveries are under way whose outcome would be lost with this process. */
static void wait_for_memory(void)
{
	sleep(10);
}

static _Noreturn void stop_without_memory(void)
{
	_exit(EXIT_TEMP);
}

static void refuse(unsigned char number, const char *text)
{
	outbuf_putc(&reports, (char)number);
	outbuf_puts(&reports, text);
	outbuf_putc(&reports, '\0');
	outbuf_flush(&reports);
}

/* In the child: descriptors and signals as the delivery expects them. */
static _Noreturn void become_delivery(
	const struct spawn_job *job, int message, int report)
{
	alloc_failed = stop_without_memory;
	sig_default(SIGCHLD);
	sig_default(SIGPIPE);
	if (fd_move(0, message) == 0 && fd_copy(1, report) == 0 &&
		fd_copy(2, report) == 0)
		kind->run(job);
	_exit(EXIT_TEMP);
}

/* Forks the delivery. Returns 0, or -1. */
static int start(
	struct delivery *delivery, const struct spawn_job *job, int message)
{
	int ends[2];
	pid_t pid;

	if (fd_pipe(ends) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become_delivery(job, message, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -1;
	}
	sa_clear(&delivery->text);
	delivery->cut = 0;
	delivery->output = ends[0];
	delivery->pid = pid;
	delivery->running = 1;
	return 0;
}

/* Carries out a complete command. */
static void obey(struct spawn_command *command)
{
	struct spawn_job job;
	const char *fault;
	int message;

	if (command->number >= SPAWN_MAX) {
		refuse(command->number,
			"ZInternal error: delnum too big. (#4.3.5)\n");
		return;
	}
	if (deliveries[command->number].running) {
		refuse(command->number,
			"ZInternal error: delnum in use. (#4.3.5)\n");
		return;
	}
	fault = spawn_command_fault(command, &job.at);
	if (fault) {
		refuse(command->number, fault);
		return;
	}
	message = spawn_command_open(command, queue_owner, &fault);
	if (message < 0) {
		refuse(command->number, fault);
		return;
	}
	job.sender = command->sender.s;
	job.recipient = command->recipient.s;
	if (kind->skip && kind->skip(&job))
		refuse(command->number, "K");
	else if (start(&deliveries[command->number], &job, message) < 0)
		refuse(command->number,
			"Zqmail-spawn unable to create pipe/fork. (#4.3.0)\n");
	close(message);
}

/* Reads commands. Returns 0 at their end. */
static int take_commands(struct spawn_command *command)
{
	char part[1024];
	ssize_t n = fd_read(0, part, sizeof part);

	if (n < 0 && errno == EAGAIN)
		return 1;
	for (ssize_t i = 0; i < n; ++i)
		if (spawn_command_byte(command, part[i]))
			obey(command);
	return n > 0;
}

/* Keeps what a delivery wrote, within the limit. */
static void keep(struct delivery *delivery, const char *part, slen n)
{
	/* Three bytes fewer than the limit: so long is a cut text. */
	const slen notice = sizeof cut_notice - 1 + 3;

	if (delivery->cut)
		return;
	if (delivery->text.len + n > (kind->limit ? kind->limit : OUTPUT_MAX))
		delivery->cut = 1;
	sa_catb(&delivery->text, part, n);
	if (delivery->cut && kind->limit > notice) {
		delivery->text.len = kind->limit - notice;
		sa_cats(&delivery->text, cut_notice);
	}
}

static void take_output(struct delivery *delivery)
{
	char part[1024];
	ssize_t n = fd_read(delivery->output, part, sizeof part);

	if (n > 0) {
		keep(delivery, part, (slen)n);
		return;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	close(delivery->output);
	delivery->output = -1;
}

/* Notes every child that has ended. */
static void take_children(void)
{
	char marks[64];
	int status;
	pid_t pid;

	while (read(child_ended[0], marks, sizeof marks) > 0)
		;
	while ((pid = wait_nohang(&status)) > 0)
		for (int i = 0; i < SPAWN_MAX; ++i)
			if (deliveries[i].running && deliveries[i].pid == pid) {
				deliveries[i].pid = 0;
				deliveries[i].status = status;
			}
}

/* Reports the deliveries that are over. */
static void report_ended(void)
{
	for (int i = 0; i < SPAWN_MAX; ++i) {
		struct delivery *one = &deliveries[i];

		if (!one->running || one->pid || one->output >= 0)
			continue;
		outbuf_putc(&reports, (char)i);
		kind->report(&reports, one->status, sa_cstr(&one->text),
			one->text.len);
		outbuf_putc(&reports, '\0');
		outbuf_flush(&reports);
		sa_free(&one->text);
		one->running = 0;
	}
}

/* May the delivery write more? */
static int has_output(const struct delivery *delivery)
{
	return delivery->running && delivery->output >= 0;
}

static int any_running(void)
{
	for (int i = 0; i < SPAWN_MAX; ++i)
		if (deliveries[i].running)
			return 1;
	return 0;
}

/* Waits until there is something to do, and does all of it but take commands.
 * Returns 1 if there are commands. */
static int serve_once(int open)
{
	/* Only what is open: poll() refuses more entries than the process may
	 * have descriptors. */
	struct pollfd fds[SPAWN_MAX + 2];
	nfds_t count = 0;
	nfds_t at = 1;
	int commands;

	fds[count++] = (struct pollfd){.fd = child_ended[0], .events = POLLIN};
	for (int i = 0; i < SPAWN_MAX; ++i)
		if (has_output(&deliveries[i]))
			fds[count++] = (struct pollfd){
				.fd = deliveries[i].output, .events = POLLIN};
	if (open)
		fds[count++] = (struct pollfd){.fd = 0, .events = POLLIN};
	if (poll(fds, count, -1) < 0)
		return 0;
	commands = open && fds[count - 1].revents;
	for (int i = 0; i < SPAWN_MAX; ++i)
		if (has_output(&deliveries[i]) && fds[at++].revents)
			take_output(&deliveries[i]);
	if (fds[0].revents)
		take_children();
	report_ended();
	return commands;
}

static int serve(void)
{
	struct spawn_command command = {0};
	int open = 1;

	while (open || any_running())
		if (serve_once(open))
			open = take_commands(&command);
	spawn_command_free(&command);
	return EXIT_DONE;
}

int spawn_serve(const struct spawner *spawner)
{
	kind = spawner;
	alloc_failed = wait_for_memory;
	outbuf_init(&reports, fd_write, 1, reports_mem, sizeof reports_mem);
	/* The pipe has 0 or 1 if the caller left that closed. */
	if (account_uid("qmailq", &queue_owner) < 0 ||
		fd_pipe(child_ended) < 0 || child_ended[0] < 2 ||
		fd_nonblock(child_ended[0], 1) < 0 ||
		fd_nonblock(child_ended[1], 1) < 0)
		return EXIT_TEMP;
	sig_ignore(SIGPIPE);
	sig_catch(SIGCHLD, note_child);
	sig_unblock(SIGCHLD);
	outbuf_putc(&reports, SPAWN_MAX);
	if (outbuf_flush(&reports) < 0)
		return EXIT_TEMP;
	return serve();
}
