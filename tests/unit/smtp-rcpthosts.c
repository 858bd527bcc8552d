/* SPDX-License-Identifier: 0BSD */
/* smtp/rcpthosts; what it reads is kept in the process, so each test has a child */
#include "smtp/rcpthosts.h"

#include <errno.h>

#include "admin/newmrh.h"
#include "harness.h"

static void want_allowed(const char *addr, int expected)
{
	want_case(addr, expected, rcpthosts_allow(addr, (slen)strlen(addr)));
}

static void without_a_file(void)
{
	want_num(0, rcpthosts_read());
	want_allowed("a@b", 1);
	want_allowed("", 1);
}

static void with_a_list(void)
{
	scratch_file("control/rcpthosts", "One.example\n.sub.example\nlast\n");
	want_num(0, rcpthosts_read());
	want_allowed("a@one.EXAMPLE", 1);
	want_allowed("a@x.one.example", 0);
	want_allowed("a@x.sub.example", 1);
	want_allowed("a@y.x.SUB.example", 1);
	want_allowed("a@sub.example", 0);
	want_allowed("a@xsub.example", 0);
	want_allowed("a@other", 0);
	want_allowed("a@", 0);
	want_allowed("nobody", 1);
	want_allowed("a@other@last", 1);
	want_allowed("a@last@other", 0);
	want_allowed("a@last.", 0);
}

static void with_an_empty_list(void)
{
	scratch_file("control/rcpthosts", "# none\n");
	want_num(0, rcpthosts_read());
	want_allowed("a@b", 0);
	want_allowed("a@", 0);
}

static void with_a_database(void)
{
	scratch_file("control/rcpthosts", "listed\n");
	scratch_file("control/morercpthosts", "More.example\n.wild.example\n");
	assert_null(newmrh_compile());
	want_num(0, rcpthosts_read());
	want_allowed("a@listed", 1);
	want_allowed("a@MORE.example", 1);
	want_allowed("a@x.wild.example", 1);
	want_allowed("a@wild.example", 0);
	want_allowed("a@other", 0);
}

static void with_a_database_alone(void)
{
	scratch_file("control/morercpthosts", "more\n");
	assert_null(newmrh_compile());
	want_num(0, rcpthosts_read());
	want_allowed("a@other", 1);
}

static void with_a_broken_database(void)
{
	scratch_file("control/rcpthosts", "listed\n");
	scratch_file("control/morercpthosts.cdb", "broken");
	want_num(0, rcpthosts_read());
	want_allowed("a@listed", 1);
	want_allowed("a@other", -1);
}

static void with_an_unreadable_list(void)
{
	scratch_file("control/rcpthosts/x", "");
	want_num(-1, rcpthosts_read());
}

#define TEST_IN_CHILD(name, job)                                               \
	TEST(name)                                                             \
	{                                                                      \
		scratch_enter();                                               \
		want_num(0, child_run(job));                                   \
	}

TEST_IN_CHILD(without_rcpthosts_everybody_may_be_written_to, without_a_file)
TEST_IN_CHILD(listed_domains_and_ends_of_domains_are_allowed, with_a_list)
TEST_IN_CHILD(an_empty_list_allows_nobody, with_an_empty_list)
TEST_IN_CHILD(the_database_is_asked_behind_the_list, with_a_database)
TEST_IN_CHILD(the_database_alone_restricts_nothing, with_a_database_alone)
TEST_IN_CHILD(
	a_broken_database_is_trouble_when_it_is_asked, with_a_broken_database)
TEST_IN_CHILD(an_unreadable_list_is_trouble, with_an_unreadable_list)

TEST(a_compilation_without_its_source_tells_so)
{
	scratch_enter();
	want_str("unable to read control/morercpthosts", newmrh_compile());
	want_num(ENOENT, errno);
}
