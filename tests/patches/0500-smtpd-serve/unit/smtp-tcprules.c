/* SPDX-License-Identifier: 0BSD */
/* smtp/tcprules */
#include "smtp/tcprules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/io/cdb.h"
#include "harness.h"

static char path[] = "/tmp/tcprules.XXXXXX";
static struct cdb_make make;
static int fd;

static void begin(void)
{
	memcpy(path + sizeof path - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	want_num(1, fd >= 0);
	want_num(0, cdb_make_start(&make, fd));
}

static void add(const char *key, const char *rule, size_t n)
{
	want_case(key, 0,
		cdb_make_add(&make, key, (slen)strlen(key), rule, (slen)n));
}

#define RULE(key, rule) add(key, rule, sizeof(rule) - 1)

static void end(void)
{
	want_num(0, cdb_make_finish(&make));
	close(fd);
}

static int apply(const char *ip)
{
	unsetenv("BY");
	return tcprules_apply(path, ip);
}

TEST(the_longest_part_that_is_there_counts)
{
	begin();
	RULE("10.1.2.3", "+BY=host\0");
	RULE("10.1.2.", "+BY=three\0");
	RULE("10.1.", "+BY=two\0");
	RULE("10.", "+BY=one\0");
	RULE("", "+BY=none\0");
	RULE("10.9", "D\0"); /* no part of anything */
	end();
	want_num(1, apply("10.1.2.3"));
	want_str("host", getenv("BY"));
	want_num(1, apply("10.1.2.30"));
	want_str("three", getenv("BY"));
	want_num(1, apply("10.1.20.3"));
	want_str("two", getenv("BY"));
	want_num(1, apply("10.9.2.3"));
	want_str("one", getenv("BY"));
	want_num(1, apply("101.9.2.3"));
	want_str("none", getenv("BY"));
	unlink(path);
}

TEST(a_rule_sets_variables_or_denies)
{
	begin();
	RULE("10.0.0.1", "+A=1\0+B=\0+C=x=y\0");
	RULE("10.0.0.2", "D\0+A=2\0");
	RULE("10.0.0.3", "");
	end();
	want_num(1, apply("10.0.0.1"));
	want_str("1", getenv("A"));
	want_str("", getenv("B"));
	want_str("x=y", getenv("C"));
	want_num(0, apply("10.0.0.2"));
	want_num(1, apply("10.0.0.3"));
	want_num(1, apply("10.0.0.4"));
	want_num(1, apply(""));
	unlink(path);
}

TEST(what_is_no_rule_is_an_error)
{
	static const char *const bad[] = {"x", "+A=1", "X\0", "+A\0", "+=1\0"};
	static const size_t sizes[] = {1, 4, 2, 3, 4};

	for (size_t i = 0; i < COUNT(bad); i++) {
		begin();
		add("10.0.0.1", bad[i], sizes[i]);
		end();
		want_case(bad[i], -1, apply("10.0.0.1"));
		want_case(bad[i], EPROTO, errno);
		want_case(bad[i], 1, apply("10.0.0.2"));
		unlink(path);
	}
}

TEST(a_rule_that_is_too_long_is_an_error)
{
	static char rule[70000] = "+A=";

	memset(rule + 3, 'a', sizeof rule - 4);
	begin();
	add("", rule, sizeof rule);
	end();
	want_num(-1, apply("10.0.0.1"));
	want_num(EPROTO, errno);
	unlink(path);
}

TEST(a_file_that_is_none_is_an_error)
{
	begin();
	close(fd);
	want_num(-1, apply("10.0.0.1"));
	unlink(path);
	want_num(-1, apply("10.0.0.1"));
	want_num(ENOENT, errno);
}
