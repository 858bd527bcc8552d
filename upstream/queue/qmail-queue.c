/* SPDX-License-Identifier: 0BSD */
/* qmail-queue: puts a message, descriptor 0, with its envelope, descriptor 1,
 * into the queue. Set-uid: nothing that the caller hands over is trusted. */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/proc.h"
#include "lib/mail/accounts.h"
#include "lib/mail/home.h"
#include "lib/mail/submit-verdict.h"
#include "lib/str/alloc.h"
#include "queue/accept.h"

/* The longest that a message may take, in seconds. Longer than any sender's
 * patience, shorter than the 36 hours after which qmail-send removes unfinished
 * files. */
enum { TIME_MAX = 86400 };

extern char **environ;

static const int passed_over[] = {
	SIGPIPE, SIGVTALRM, SIGPROF, SIGQUIT, SIGINT, SIGHUP, SIGXCPU, SIGXFSZ};
static const int broken[] = {SIGILL, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGSYS};

static void out_of_memory(void)
{
	_exit(QUEUE_NO_MEMORY);
}

static void out_of_time(int sig)
{
	(void)sig;
	_exit(QUEUE_TIMEOUT);
}

static void out_of_order(int sig)
{
	(void)sig;
	_exit(QUEUE_BUG);
}

static void catch (int sig, void (*handler)(int))
{
	sig_catch(sig, handler);
	sig_unblock(sig);
}

/* Signals, the timer and the environment are the caller's; they become ours. */
static void disown_caller(void)
{
	static char *nothing[] = {NULL};

	environ = nothing;
	umask(033);
	alloc_failed = out_of_memory;
	for (size_t i = 0; i < sizeof passed_over / sizeof *passed_over; ++i)
		sig_ignore(passed_over[i]);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; ++i)
		catch (broken[i], out_of_order);
	catch (SIGALRM, out_of_time);
	alarm(TIME_MAX);
}

/* Makes sure that no file of the queue gets the number of a standard
 * descriptor, to which somebody may write or from which the message is read. */
static int check_descriptors(void)
{
	if (fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0)
		return QUEUE_READ_ERROR;
	if (fcntl(2, F_GETFD) < 0 && open("/dev/null", O_WRONLY) != 2)
		return QUEUE_PID_FILE;
	return 0;
}

/* What stands for the caller in the Received line. */
static const char *describe(uid_t uid)
{
	if (account_is(uid, "alias"))
		return "by alias";
	if (account_is(uid, "qmaild"))
		return "from network";
	if (account_is(uid, "qmails"))
		return "for bounce";
	return NULL;
}

int main(void)
{
	struct accept_origin origin;
	int code;

	disown_caller();
	if (chdir(qmail_home) < 0)
		return QUEUE_NO_HOME;
	if (chdir("queue") < 0)
		return QUEUE_NO_DIRECTORY;
	code = check_descriptors();
	if (code)
		return code;
	origin.uid = getuid();
	origin.by = describe(origin.uid);
	origin.pid = getpid();
	origin.when = time(NULL);
	return accept_message(&origin, 0, 1);
}
