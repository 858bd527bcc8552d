/* SPDX-License-Identifier: 0BSD */
/* remote/tlspolicy */
#include "remote/tlspolicy.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static void put(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	want_num(1, fd >= 0);
	close(fd);
}

/* An empty installation becomes the current directory. */
static void begin(char *home)
{
	want_num(1, mkdtemp(home) != NULL);
	want_num(0, chdir(home));
	want_num(0, mkdir("tls", 0755));
	want_num(0, mkdir("control", 0755));
	want_num(0, mkdir("control/tlshosts", 0755));
	want_num(0, mkdir("control/notlshosts", 0755));
}

static enum tlspolicy_rule rule(const char *name)
{
	struct tlspolicy policy = {0};
	enum tlspolicy_rule found;

	tlspolicy_find(&policy, name);
	found = policy.rule;
	tlspolicy_free(&policy);
	return found;
}

TEST(a_name_that_is_no_host_s_matches_no_file)
{
	static const char *const names[] = {"", ".", "..", "../me", "a/b",
		".far.test", "a b", "a\nb", "a?b", "a\200"};
	char home[] = "/tmp/tlspolicy.XXXXXX";

	begin(home);
	put("control/tlshosts/.pem");
	put("control/tlshosts/..pem");
	put("control/tlshosts/...pem");
	put("control/me.pem");
	put("control/tlshosts/.far.test.pem");
	put("control/tlshosts/a b.pem");
	put("control/tlshosts/a\nb.pem");
	put("control/tlshosts/a?b.pem");
	put("control/tlshosts/a\200.pem");
	want_num(0, mkdir("control/tlshosts/a", 0755));
	put("control/tlshosts/a/b.pem");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		want_case(names[i], TLS_NEVER, rule(names[i]));
	put("tls/client");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		want_case(names[i], TLS_MAY, rule(names[i]));
}

TEST(the_case_of_a_name_and_a_dot_at_its_end_do_not_count)
{
	char home[] = "/tmp/tlspolicy.XXXXXX";

	begin(home);
	put("control/tlshosts/mx.far.test.pem");
	put("control/tlshosts/Mx2.Far.test.pem");
	want_num(TLS_MUST, rule("mx.far.test"));
	want_num(TLS_MUST, rule("MX.far.TEST."));
	want_num(TLS_MUST, rule("Mx2.Far.test"));
	want_num(TLS_NEVER, rule("far.test"));
	want_num(TLS_NEVER, rule("mx.far.test.."));
}

TEST(capitals_in_a_file_s_name_excuse_nobody)
{
	char home[] = "/tmp/tlspolicy.XXXXXX";

	begin(home);
	put("tls/client");
	put("control/tlshosts/MX.Far.Test.pem");
	put("control/tlshosts/mx2.far.test.PEM");
	put("control/notlshosts/MX3.far.test");
	want_num(TLS_MUST, rule("mx.far.test"));
	want_num(TLS_MUST, rule("MX.FAR.TEST."));
	want_num(TLS_MUST, rule("mx2.far.test"));
	want_num(TLS_NEVER, rule("mx3.far.test"));
	want_num(TLS_MAY, rule("x.far.test"));
	want_num(TLS_MAY, rule("mx.far.tes"));
}

/* With ".pem" behind it the name is longer than a file's can be. */
TEST(a_name_that_is_too_long_for_a_file_is_not_listed)
{
	char home[] = "/tmp/tlspolicy.XXXXXX";
	char name[254];

	begin(home);
	memset(name, 'a', sizeof name);
	for (size_t i = 50; i < sizeof name; i += 51)
		name[i] = '.';
	name[253] = '\0';
	want_num(TLS_NEVER, rule(name));
	put("tls/client");
	want_num(TLS_MAY, rule(name));
	put("control/tlshosts/exhaustivelist");
	want_num(TLS_NEVER, rule(name));
}

TEST(the_order_of_the_files)
{
	char home[] = "/tmp/tlspolicy.XXXXXX";

	begin(home);
	want_num(TLS_NEVER, rule("mx.test"));
	put("tls/client");
	want_num(TLS_MAY, rule("mx.test"));
	put("control/notlshosts/mx.test");
	want_num(TLS_NEVER, rule("mx.test"));
	want_num(TLS_MAY, rule("other.test"));
	put("control/tlshosts/exhaustivelist");
	want_num(TLS_NEVER, rule("other.test"));
	want_num(0, symlink("nowhere", "control/tlshosts/mx.test.pem"));
	want_num(TLS_MUST, rule("mx.test"));
}
