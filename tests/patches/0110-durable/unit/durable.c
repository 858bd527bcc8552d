/* SPDX-License-Identifier: 0BSD */
/* lib/io/durable and queue/bounce-disk */
#include "lib/io/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "queue/bounce.h"
#include "harness.h"

/* What fsync(2) was called for last, without the scratch directory, and what
 * it is to say. */
static char synced[PATH_MAX];
static int calls;
static int fsync_error;
static int sync_calls;

int fsync(int fd)
{
	char link[64];
	char here[PATH_MAX];
	char path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	if (!getcwd(here, sizeof here))
		*here = '\0';
	snprintf(synced, sizeof synced, "%s",
		strncmp(path, here, strlen(here)) == 0 ? path + strlen(here)
						       : path);
	++calls;
	errno = fsync_error;
	return fsync_error ? -1 : 0;
}

void sync(void)
{
	++sync_calls;
}

static void begin(void)
{
	scratch_enter();
	*synced = '\0';
	calls = fsync_error = sync_calls = 0;
}

TEST(the_directory_that_holds_a_name_is_synced)
{
	static const struct {
		const char *path;
		const char *dir;
	} cases[] = {{"name", ""}, {"./name", ""}, {"a/name", "/a"},
		{"a/b/name", "/a/b"}, {"a/b/", "/a"}, {"a//", ""},
		{"/name", "/"}, {"/", "/"}, {"a/b/missing", "/a/b"}};

	begin();
	want_num(0, mkdir("a", 0700));
	want_num(0, mkdir("a/b", 0700));
	for (size_t i = 0; i < COUNT(cases); ++i) {
		want_case(cases[i].path, 0, durable_dir(cases[i].path));
		want_case_str(cases[i].path, cases[i].dir, synced);
	}
}

TEST(a_directory_that_is_not_there_is_an_error)
{
	begin();
	scratch_file("file", "");
	want_num(-1, durable_dir("missing/name"));
	want_num(ENOENT, errno);
	want_num(-1, durable_dir("file/name"));
	want_num(ENOTDIR, errno);
	want_num(0, calls);
}

TEST(only_a_file_system_without_the_service_is_forgiven)
{
	static const struct {
		int error;
		int result;
	} cases[] = {{EINVAL, 0}, {EOPNOTSUPP, 0}, {EIO, -1}, {ENOSPC, -1},
		{EDQUOT, -1}, {EROFS, -1}};

	begin();
	for (size_t i = 0; i < COUNT(cases); ++i) {
		fsync_error = cases[i].error;
		want_case(unit_label(cases[i].error), cases[i].result,
			durable_dir("name"));
		if (cases[i].result < 0)
			want_num(cases[i].error, errno);
	}
}

TEST(a_file_is_synced_after_its_name_and_forgiven_nothing)
{
	int fd;

	begin();
	scratch_file("file", "x");
	fd = open_write("file");
	durable_start(fd);
	want_num(0, durable_wait(fd));
	want_num(0, durable_file(fd, "file"));
	want_num(2, calls);
	want_str("/file", synced);
	fsync_error = EINVAL;
	want_num(-1, durable_file(fd, "file"));
	want_num(4, calls);
	close(fd);
}

TEST(waiting_fails_for_what_is_no_open_file_and_not_for_a_pipe)
{
	int ends[2];

	begin();
	want_num(0, pipe(ends));
	durable_start(ends[1]);
	want_num(0, durable_wait(ends[1]));
	close(ends[0]);
	close(ends[1]);
	durable_start(ends[1]);
	want_num(-1, durable_wait(ends[1]));
	want_num(EBADF, errno);
}

/* Trims a file with these bytes; the result is in text. */
static void trim(const char *bytes, size_t n, struct stralloc *text)
{
	char part[4096];
	ssize_t got;
	off_t end;
	int fd;

	scratch_write("bounce", bytes, n);
	fd = open_append("bounce");
	end = bounce_trim(fd, "bounce");
	close(fd);
	fd = open_read("bounce");
	got = read(fd, part, sizeof part);
	close(fd);
	want_num(end, got);
	sa_copyb(text, part, (slen)got);
}

TEST(an_unfinished_paragraph_is_cut_off)
{
	static const struct {
		const char *bytes;
		size_t n;
		size_t left;
	} cases[] = {{"", 0, 0}, {"\n", 1, 0}, {"<a@b>:", 6, 0},
		{"<a@b>:\nno\n", 10, 0}, {"<a@b>:\nno\n\n", 11, 11},
		{"<a@b>:\nno\n\n<c", 13, 11}, {"<a@b>:\nno\n\n\0\0\0", 14, 11},
		{"<a@b>:\nno\n\n<c@d>:\nno\n", 21, 11},
		{"<a@b>:\nno\n\n<c@d>:\nno\n\n", 22, 22}, {"\0\0\0\0", 4, 0}};
	struct stralloc text = {0};

	begin();
	for (size_t i = 0; i < COUNT(cases); ++i) {
		trim(cases[i].bytes, cases[i].n, &text);
		want_bytes(unit_label((long)i), cases[i].bytes, cases[i].left,
			text.s, text.len);
	}
	sa_free(&text);
}

TEST(a_note_that_cannot_be_synced_is_taken_back)
{
	struct stat st;
	int fd;

	begin();
	scratch_file("bounce", "<a@b>:\nno\n\n<c@d>:\nno\n\n");
	fd = open_append("bounce");
	want_num(0, bounce_settle(fd, "bounce", 11));
	want_num(0, fstat(fd, &st));
	want_num(22, st.st_size);
	fsync_error = EIO;
	want_num(-1, bounce_settle(fd, "bounce", 11));
	want_num(EIO, errno);
	want_num(0, fstat(fd, &st));
	want_num(11, st.st_size);
	close(fd);
}

TEST(what_cannot_be_looked_at_is_not_trimmed)
{
	begin();
	want_num(-1, bounce_trim(-1, "missing"));
	want_num(ENOENT, errno);
}
