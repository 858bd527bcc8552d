/* SPDX-License-Identifier: 0BSD */
/* lib/mail/submit and its verdicts. The archive is compiled for a home of the test's
 * own, where the queue program is a script. */
#include "lib/mail/submit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "lib/io/proc.h"
#include "lib/mail/home.h"
#include "lib/mail/submit-verdict.h"
#include "harness.h"

/* What the manual says of qmail-queue's exit codes. */
static const struct {
	int first, last;
	const char *text;
} verdicts[] = {
	{0, 0, ""},
	{1, 10, "Zqq temporary problem (#4.3.0)"},
	{11, 11, "Denvelope address too long for qq (#5.1.3)"},
	{12, 30, "Dqq permanent problem (#5.3.0)"},
	{31, 31, "Dmail server permanently rejected message (#5.3.0)"},
	{32, 40, "Dqq permanent problem (#5.3.0)"},
	{41, 50, "Zqq temporary problem (#4.3.0)"},
	{51, 51, "Zqq out of memory (#4.3.0)"},
	{52, 52, "Zqq timeout (#4.3.0)"},
	{53, 53, "Zqq write error or disk full (#4.3.0)"},
	{54, 54, "Zqq read error (#4.3.0)"},
	{55, 55, "Zqq unable to read configuration (#4.3.0)"},
	{56, 56, "Zqq trouble making network connection (#4.3.0)"},
	{57, 60, "Zqq temporary problem (#4.3.0)"},
	{61, 61, "Zqq trouble in home directory (#4.3.0)"},
	{62, 66, "Zqq trouble creating files in queue (#4.3.0)"},
	{67, 70, "Zqq temporary problem (#4.3.0)"},
	{71, 71, "Zmail server temporarily rejected message (#4.3.0)"},
	{72, 72, "Zconnection to mail server timed out (#4.4.1)"},
	{73, 73, "Zconnection to mail server rejected (#4.4.1)"},
	{74, 74, "Zcommunication with mail server failed (#4.4.2)"},
	{75, 80, "Zqq temporary problem (#4.3.0)"},
	{81, 81, "Zqq internal bug (#4.3.0)"},
	{82, 90, "Zqq temporary problem (#4.3.0)"},
	{91, 91, "Zqq internal bug (#4.3.0)"},
	{92, 114, "Zqq temporary problem (#4.3.0)"},
	{115, 115, "Denvelope address too long for qq (#5.1.3)"},
	{116, 119, "Zqq temporary problem (#4.3.0)"},
	{120, 120, "Zunable to exec qq (#4.3.0)"},
	{121, 255, "Zqq temporary problem (#4.3.0)"},
};

TEST(every_exit_code_has_its_verdict)
{
	int code = 0;

	for (size_t i = 0; i < COUNT(verdicts); i++) {
		want_num(code, verdicts[i].first);
		for (; code <= verdicts[i].last; code++)
			want_case_str(unit_label(code), verdicts[i].text,
				submit_verdict(code << 8, 0));
	}
	want_num(256, code);
}

TEST(success_of_a_cancelled_message_is_none)
{
	want_str("Zqq read error (#4.3.0)", submit_verdict(0, 1));
	want_str("Zqq timeout (#4.3.0)", submit_verdict(52 << 8, 1));
}

TEST(a_signal_is_a_crash_whatever_was_submitted)
{
	want_str("Zqq crashed (#4.3.0)", submit_verdict(11, 0));
	want_str("Zqq crashed (#4.3.0)", submit_verdict(9, 1));
}

/* -- with a queue program -- */

static struct submit sub;
static struct stralloc got;

static void queue_does(const char *script)
{
	struct stralloc path = {0}, text = {0};

	sa_copys(&path, qmail_home);
	sa_cats(&path, "/bin/qmail-queue");
	sa_copys(&text, "#!/bin/sh\n");
	sa_cats(&text, script);
	scratch_write(sa_cstr(&path), text.s, text.len);
	if (chmod(path.s, 0755) < 0)
		abort();
	sa_free(&path);
	sa_free(&text);
}

static void want_file(const char *name, const char *expected, size_t n)
{
	struct stralloc path = {0};

	sa_copys(&path, qmail_home);
	sa_catc(&path, '/');
	sa_cats(&path, name);
	want_case(name, 1, copy_file(&got, sa_cstr(&path)));
	want_bytes(name, expected, n, got.s, got.len);
	sa_free(&path);
	sa_free(&got);
}

TEST(the_queue_gets_message_and_envelope)
{
	static const char envelope[] = "Fme@here\0Tone@x\0Ttwo@y\0";

	queue_does("cat >message; cat <&1 >envelope\n");
	want_num(0, submit_open(&sub));
	want_num(sub.pid, submit_qp(&sub));
	submit_puts(&sub, "Subject: x\n\n");
	submit_put(&sub, "a\0b\n", 4);
	submit_from(&sub, "me@here");
	submit_to(&sub, "one@x");
	submit_to(&sub, "two@y");
	want_str("", submit_close(&sub));
	want_file("message", "Subject: x\n\na\0b\n", 16);
	want_file("envelope", envelope, sizeof envelope);
}

TEST(a_message_may_be_empty_and_have_no_recipients)
{
	queue_does("cat >message; cat <&1 >envelope\n");
	want_num(0, submit_open(&sub));
	submit_from(&sub, "");
	want_str("", submit_close(&sub));
	want_file("message", "", 0);
	want_file("envelope", "F\0\0", 3);
}

TEST(the_queues_exit_code_decides)
{
	queue_does("cat >/dev/null; cat <&1 >/dev/null; exit 31\n");
	want_num(0, submit_open(&sub));
	submit_from(&sub, "");
	want_str("Dmail server permanently rejected message (#5.3.0)",
		submit_close(&sub));
}

TEST(a_cancelled_message_has_no_end_of_envelope)
{
	queue_does("cat >message; cat <&1 >envelope\n");
	want_num(0, submit_open(&sub));
	submit_puts(&sub, "kept");
	submit_fail(&sub);
	submit_puts(&sub, "dropped");
	submit_from(&sub, "me");
	submit_to(&sub, "you");
	want_str("Zqq read error (#4.3.0)", submit_close(&sub));
	want_file("message", "kept", 4);
	want_file("envelope", "", 0);
}

TEST(a_message_without_a_sender_is_cancelled)
{
	queue_does("cat >message; cat <&1 >envelope\n");
	want_num(0, submit_open(&sub));
	submit_puts(&sub, "text");
	want_str("Zqq read error (#4.3.0)", submit_close(&sub));
	want_file("envelope", "", 0);
}

TEST(a_queue_that_stops_reading_gives_its_own_verdict)
{
	static char large[300000];

	sig_ignore(SIGPIPE);
	queue_does("exit 53\n");
	want_num(0, submit_open(&sub));
	submit_put(&sub, large, sizeof large);
	submit_from(&sub, "me");
	submit_to(&sub, "you");
	want_str("Zqq write error or disk full (#4.3.0)", submit_close(&sub));
	/* one that ignores the message has not queued it */
	queue_does("exit 0\n");
	want_num(0, submit_open(&sub));
	submit_put(&sub, large, sizeof large);
	submit_from(&sub, "me");
	want_str("Zqq read error (#4.3.0)", submit_close(&sub));
	sig_default(SIGPIPE);
}

TEST(a_crash_of_the_queue_is_told)
{
	queue_does("kill -9 $$\n");
	sig_ignore(SIGPIPE);
	want_num(0, submit_open(&sub));
	submit_from(&sub, "me");
	want_str("Zqq crashed (#4.3.0)", submit_close(&sub));
	sig_default(SIGPIPE);
}

TEST(a_missing_queue_program_is_temporary)
{
	struct stralloc path = {0};

	queue_does("exit 0\n");
	sa_copys(&path, qmail_home);
	sa_cats(&path, "/bin/qmail-queue");
	want_num(0, unlink(sa_cstr(&path)));
	sa_free(&path);
	sig_ignore(SIGPIPE);
	want_num(0, submit_open(&sub));
	submit_from(&sub, "me");
	want_str("Zunable to exec qq (#4.3.0)", submit_close(&sub));
	sig_default(SIGPIPE);
}

static void open_without_descriptors(void)
{
	struct rlimit limit = {4, 4};

	close(3);
	setrlimit(RLIMIT_NOFILE, &limit);
	want_num(-1, submit_open(&sub));
	want_num(EMFILE, errno);
	/* what was had of it is closed again */
	want_num(3, dup(0));
}

TEST(without_descriptors_nothing_is_started)
{
	int status = child_run(open_without_descriptors);

	if (status)
		fprintf(stderr, "%.*s", (int)child_said.len, child_said.s);
	want_num(0, status);
}

static void open_with_one_pipe(void)
{
	struct rlimit limit = {6, 6};

	for (int fd = 3; fd < 10; fd++)
		close(fd);
	setrlimit(RLIMIT_NOFILE, &limit);
	want_num(-1, submit_open(&sub));
	want_num(EMFILE, errno);
	want_num(3, dup(0));
}

TEST(with_descriptors_for_one_pipe_only_it_is_closed_again)
{
	want_num(0, child_run(open_with_one_pipe));
}
