/* SPDX-License-Identifier: 0BSD */
/* admin/assign */
#define _GNU_SOURCE
#include "admin/assign.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/str/alloc.h"
#include "harness.h"

static struct cdb_make make;
static int fd;

static enum assign_result compile(const char *text, size_t n)
{
	struct inbuf in;
	enum assign_result result;

	fd = memfd_create("cdb", MFD_CLOEXEC);
	want_num(0, cdb_make_start(&make, fd));
	unit_feed_start(&in, text, n, 7);
	result = assign_compile(&make, &in);
	if (result == ASSIGN_DONE) {
		want_num(0, cdb_make_finish(&make));
	} else {
		alloc_release(make.slots);
		close(fd);
	}
	return result;
}

#define want_record(key, value)                                                \
	record(key, sizeof(key) - 1, value, sizeof(value) - 1)
static void record(const char *key, size_t keylen, const char *value, size_t n)
{
	char got[100];
	uint32_t len;

	want_case(key, 1, cdb_find(fd, key, (slen)keylen, &len));
	want_case(key, len, read(fd, got, len));
	want_bytes(key, value, n, got, len);
}

TEST(exact_lines_and_wildcards_become_records)
{
	static const char text[] =
		"=Joe:joe:501:20:/home/joe:::\n"
		"+joe-:joe:501:20:/home/joe:-::\n+:alias:7790:2108:/a:-:x:more:\n"
		"+X=:u:1:1:h:d:e:\n+y-:u:1:1:h:d:e:\n+W:u:1:1:h:d:e:\n.\nignored\n";
	uint32_t len;

	want_num(ASSIGN_DONE, compile(text, sizeof text - 1));
	want_record("!joe\0",
		"joe\0"
		"501\0"
		"20\0/home/joe\0\0");
	want_record("!joe-",
		"joe\0"
		"501\0"
		"20\0/home/joe\0-\0");
	want_record("!",
		"alias\0"
		"7790\0"
		"2108\0/a\0-\0x");
	want_record("!x=",
		"u\0"
		"1\0"
		"1\0h\0d\0e");
	want_record("", "-=W");
	want_num(0, cdb_find(fd, "!joe", 4, &len));
	want_num(0, cdb_find(fd, "!Joe\0", 5, &len));
	close(fd);
}

TEST(an_assignment_may_be_empty_but_needs_its_end)
{
	static const struct {
		const char *text;
		enum assign_result result;
	} cases[] = {{".\n", ASSIGN_DONE}, {".", ASSIGN_DONE},
		{".x", ASSIGN_DONE}, {"", ASSIGN_BAD}, {"\n.\n", ASSIGN_BAD},
		{"# c\n.\n", ASSIGN_BAD}, {"=a:b:1:1:h:d:e:\n", ASSIGN_BAD},
		{"=a:b:1:1:h:d:e:", ASSIGN_BAD},
		{"=a:b:1:1:h:d:e:.", ASSIGN_BAD},
		{"=a:b:1:1:h:d:e\n.\n", ASSIGN_BAD},
		{"=a:b:1:1:h:d\n.\n", ASSIGN_BAD}, {"=\n.\n", ASSIGN_BAD},
		{"+\n.\n", ASSIGN_BAD}, {"=a\n.\n", ASSIGN_BAD},
		{"x:a:b:1:1:h:d:e:\n.\n", ASSIGN_BAD},
		{"=a:b:1:1:h:d:e:\n.\n", ASSIGN_DONE},
		{"=:::::::\n.\n", ASSIGN_DONE}, {"=::::::\n.\n", ASSIGN_BAD}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		want_case(cases[i].text, cases[i].result,
			compile(cases[i].text, strlen(cases[i].text)));
		if (cases[i].result == ASSIGN_DONE)
			close(fd);
	}
}

TEST(a_nul_is_refused)
{
	static const char text[] = "=a\0b:b:1:1:h:d:e:\n.\n";

	want_num(ASSIGN_BAD, compile(text, sizeof text - 1));
}

TEST(a_failed_read_is_told)
{
	struct inbuf in;

	fd = memfd_create("cdb", MFD_CLOEXEC);
	want_num(0, cdb_make_start(&make, fd));
	feed_start(&in, "=a:b:1:1:h:d:e:\n", 99);
	feed_error = EIO;
	want_num(ASSIGN_NO_READ, assign_compile(&make, &in));
	want_num(EIO, errno);
	alloc_release(make.slots);
	close(fd);
}

TEST(a_database_that_is_full_is_told)
{
	struct inbuf in;

	fd = memfd_create("cdb", MFD_CLOEXEC);
	for (int line = 0; line < 2; line++) {
		want_num(0, cdb_make_start(&make, fd));
		make.at = UINT32_MAX - 3;
		if (line)
			feed_start(&in, "=a:b:1:1:h:d:e:\n.\n", 99);
		else
			feed_start(&in, ".\n", 99);
		want_num(ASSIGN_NO_WRITE, assign_compile(&make, &in));
	}
	close(fd);
}
