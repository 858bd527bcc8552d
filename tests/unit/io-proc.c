/* SPDX-License-Identifier: 0BSD */
/* lib/io/proc */
#include "lib/io/proc.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

TEST(a_caught_signal_runs_its_handler_and_interrupts)
{
	char byte;
	int ends[2];

	caught = 0;
	sig_catch(SIGALRM, on_signal);
	want_num(0, pipe(ends));
	alarm(1);
	want_num(-1, read(ends[0], &byte, 1));
	want_num(EINTR, errno);
	want_num(SIGALRM, caught);
	sig_default(SIGALRM);
	alarm(120);
	close(ends[0]);
	close(ends[1]);
}

TEST(an_ignored_signal_does_nothing)
{
	sig_ignore(SIGUSR1);
	want_num(0, raise(SIGUSR1));
	sig_default(SIGUSR1);
}

static void die_of_signal(void)
{
	sig_ignore(SIGUSR1);
	sig_default(SIGUSR1);
	raise(SIGUSR1);
}

TEST(the_default_is_the_default)
{
	int status = child_run(die_of_signal);

	want_num(1, WIFSIGNALED(status));
	want_num(SIGUSR1, WTERMSIG(status));
}

TEST(a_blocked_signal_comes_when_it_is_let_through)
{
	sigset_t set;

	caught = 0;
	sig_catch(SIGUSR1, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	want_num(0, caught);
	sig_unblock(SIGUSR1);
	want_num(SIGUSR1, caught);
	sig_default(SIGUSR1);
}

static pid_t child(int code, int sig)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (sig) {
			signal(sig, SIG_DFL);
			raise(sig);
		}
		_exit(code);
	}
	return pid;
}

TEST(waiting_for_a_child_outlives_interruptions)
{
	int status;
	pid_t pid = child(42, 0);

	interrupt_calls = 3;
	want_num(pid, wait_pid(&status, pid));
	want_num(0, interrupt_calls);
	want_num(0, wait_crashed(status));
	want_num(42, wait_exitcode(status));
}

TEST(a_signal_is_a_crash)
{
	int status;
	pid_t pid = child(0, SIGKILL);

	want_num(pid, wait_pid(&status, pid));
	want_num(1, wait_crashed(status));
}

TEST(waiting_for_nobody_is_an_error)
{
	int status;

	want_num(-1, wait_pid(&status, getpid()));
	want_num(ECHILD, errno);
	want_num(-1, wait_nohang(&status));
}

TEST(a_look_without_waiting_finds_ended_children_only)
{
	int status;
	int ends[2];
	char byte;
	pid_t pid;

	want_num(0, pipe(ends));
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		(void)!read(ends[0], &byte, 1);
		_exit(3);
	}
	close(ends[0]);
	want_num(0, wait_nohang(&status));
	close(ends[1]);
	for (int i = 0; i < 5000; i++) {
		pid_t got = wait_nohang(&status);

		if (got) {
			want_num(pid, got);
			want_num(3, wait_exitcode(status));
			return;
		}
		usleep(1000);
	}
	fail_msg("the child was never found");
}

static void lose_a_child(void)
{
	int status;
	pid_t pid;

	sig_ignore(SIGCHLD);
	wait_enable();
	pid = child(7, 0);
	want_num(pid, wait_pid(&status, pid));
	want_num(7, wait_exitcode(status));
}

TEST(how_a_child_ended_is_heard_even_if_sigchld_was_ignored)
{
	want_num(0, child_run(lose_a_child));
}

TEST(a_handler_for_children_stays)
{
	struct sigaction now;

	sig_catch(SIGCHLD, on_signal);
	wait_enable();
	sigaction(SIGCHLD, NULL, &now);
	assert_true(now.sa_handler == on_signal);
	sig_default(SIGCHLD);
}

static void say_words(void)
{
	errno = ENOENT;
	say("one", ", ", "two", die_errno, NULL);
	say("again", NULL);
}

TEST(saying_joins_the_strings_and_ends_the_line)
{
	want_num(0, child_run(say_words));
	want_sa("one, two: file does not exist\nagain\n", &child_said);
}

static void die_with_errno(void)
{
	errno = EACCES;
	die(111, "prog: fatal: ", "unable", die_errno, NULL);
}

static void die_in_the_middle(void)
{
	errno = EISDIR;
	die(100, "a", die_errno, ". (#4.3.0)", NULL);
}

TEST(dying_tells_and_exits_with_the_code)
{
	want_num(111 << 8, child_run(die_with_errno));
	want_sa("prog: fatal: unable: access denied\n", &child_said);
	want_num(100 << 8, child_run(die_in_the_middle));
	want_sa("a: is a directory. (#4.3.0)\n", &child_said);
}

static void say_an_empty_string(void)
{
	char empty[1] = "";

	errno = ENOENT;
	say("a", empty, "b", NULL);
}

TEST(an_empty_string_is_not_the_errno)
{
	want_num(0, child_run(say_an_empty_string));
	want_sa("ab\n", &child_said);
}

static void say_much(void)
{
	static char much[3000];

	memset(much, 'x', sizeof much - 1);
	say(much, much, NULL);
}

TEST(long_words_are_said_whole)
{
	want_num(0, child_run(say_much));
	want_num(2 * 2999 + 1, child_said.len);
}
