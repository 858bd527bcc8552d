/* SPDX-License-Identifier: 0BSD */
/* What the unit tests share. */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct CMUnitTest tests[256];
static size_t test_count;
static int in_child;

void unit_add(const char *name, CMUnitTestFunction test)
{
	if (test_count == COUNT(tests))
		abort();
	tests[test_count].name = name;
	tests[test_count++].test_func = test;
}

int main(int argc, char **argv)
{
	(void)argc;
	alarm(120);
	return _cmocka_run_group_tests(argv[0], tests, test_count, NULL, NULL);
}

/* Where a comparison failed. A child must not go on as the test's parent would. */
static void failed(
	const char *label, const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s%s%s\n", file, line, what,
		label ? ", case " : "", label ? label : "");
	if (in_child)
		_exit(70);
	_fail(file, line);
}

const char *unit_label(long number)
{
	static char text[24];

	snprintf(text, sizeof text, "%ld", number);
	return text;
}

static void show(const char *before, const unsigned char *s, size_t n)
{
	fprintf(stderr, "  %s \"", before);
	for (size_t i = 0; i < n && i < 400; i++)
		if (s[i] == '\n')
			fprintf(stderr, "\\n");
		else if (s[i] < 32 || s[i] > 126 || s[i] == '"' || s[i] == '\\')
			fprintf(stderr, "\\%03o", s[i]);
		else
			fputc(s[i], stderr);
	fprintf(stderr, "\" (%zu bytes)\n", n);
}

void unit_num(const char *label, long long expected, long long got,
	const char *what, const char *file, int line)
{
	if (expected == got)
		return;
	fprintf(stderr, "  expected %lld, got %lld\n", expected, got);
	failed(label, what, file, line);
}

void unit_bytes(const char *label, const void *expected, size_t n,
	const void *got, size_t m, const char *what, const char *file, int line)
{
	if (n == m && (n == 0 || memcmp(expected, got, n) == 0))
		return;
	show("expected", expected, n);
	show("got     ", got, m);
	failed(label, what, file, line);
}

void unit_str(const char *label, const char *expected, const char *got,
	const char *what, const char *file, int line)
{
	if (!expected || !got) {
		if (expected == got)
			return;
		fprintf(stderr, "  expected %s, got %s\n",
			expected ? expected : "(null)", got ? got : "(null)");
		failed(label, what, file, line);
		return;
	}
	unit_bytes(label, expected, strlen(expected), got, strlen(got), what,
		file, line);
}

/* -- input and output in memory -- */

int feed_error;
static const char *feed_at;
static size_t feed_bytes, feed_step;

void feed_set(const void *bytes, size_t n, size_t step)
{
	feed_at = bytes;
	feed_bytes = n;
	feed_step = step;
	feed_error = 0;
}

ssize_t feed_read(int fd, void *to, size_t n)
{
	(void)fd;
	if (n > feed_step)
		n = feed_step;
	if (n > feed_bytes)
		n = feed_bytes;
	if (n == 0 && feed_error) {
		errno = feed_error;
		return -1;
	}
	if (n)
		memcpy(to, feed_at, n);
	feed_at += n;
	feed_bytes -= n;
	return (ssize_t)n;
}

size_t feed_left(void)
{
	return feed_bytes;
}

void unit_feed_start(struct inbuf *in, const char *bytes, size_t n, size_t step)
{
	static char mem[16];

	feed_set(bytes, n, step);
	inbuf_init(in, feed_read, -1, mem, sizeof mem);
}

struct stralloc sink;
size_t sink_step, sink_limit;
int sink_error;
unsigned sink_calls;

ssize_t sink_write(int fd, const void *from, size_t n)
{
	(void)fd;
	sink_calls++;
	if (n > sink_step)
		n = sink_step;
	if (sink.len + n > sink_limit) {
		errno = sink_error;
		return -1;
	}
	sa_catb(&sink, from, (slen)n);
	return (ssize_t)n;
}

static void sink_release(void)
{
	sa_free(&sink);
	sa_free(&child_said);
}

void sink_start(struct outbuf *out)
{
	static char mem[16];
	static int registered;

	if (!registered++)
		atexit(sink_release);
	sa_clear(&sink);
	sink_step = sink_limit = SIZE_MAX / 2;
	sink_error = EIO;
	sink_calls = 0;
	outbuf_init(out, sink_write, -1, mem, sizeof mem);
}

/* -- children -- */

struct stralloc child_said;

int child_run(void (*job)(void))
{
	int fd = memfd_create("said", MFD_CLOEXEC);
	int status;
	pid_t pid;
	ssize_t n;
	char part[512];

	fflush(NULL);
	pid = fd < 0 ? -1 : fork();
	if (pid < 0)
		fail_msg("cannot fork");
	if (pid == 0) {
		in_child = 1;
		signal(SIGABRT, SIG_DFL);
		if (dup2(fd, 2) < 0)
			_exit(71);
		job();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail_msg("cannot wait");
	sa_clear(&child_said);
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, part, sizeof part)) > 0)
		sa_catb(&child_said, part, (slen)n);
	close(fd);
	return status;
}

/* -- a directory -- */

static char scratch[] = "/tmp/unit.XXXXXX";
static pid_t scratch_owner;

static int remove_one(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void scratch_remove(void)
{
	if (getpid() == scratch_owner)
		nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void scratch_enter(void)
{
	if (scratch_owner) {
		scratch_remove();
		memcpy(scratch + sizeof scratch - 7, "XXXXXX", 6);
	} else {
		scratch_owner = getpid();
		atexit(scratch_remove);
	}
	if (!mkdtemp(scratch) || chdir(scratch) < 0)
		abort();
}

void scratch_write(const char *path, const char *bytes, size_t n)
{
	int fd;
	char folder[200];
	char *slash;

	snprintf(folder, sizeof folder, "%s", path);
	for (slash = folder; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = 0;
		mkdir(folder, 0755);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) < 0)
		abort();
}

void scratch_age(const char *path, time_t accessed, time_t modified)
{
	const struct timespec times[2] = {{accessed, 0}, {modified, 0}};

	if (utimensat(AT_FDCWD, path, times, 0) < 0)
		abort();
}

/* -- failing calls -- */

unsigned interrupt_calls, fail_allocations, fail_reads;
size_t largest_allocation, asked_allocation;
time_t fixed_time;

ssize_t __real_read(int fd, void *to, size_t n);
ssize_t __wrap_read(int fd, void *to, size_t n);
ssize_t __real_write(int fd, const void *from, size_t n);
ssize_t __wrap_write(int fd, const void *from, size_t n);
int __real_flock(int fd, int how);
int __wrap_flock(int fd, int how);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);
time_t __real_time(time_t *now);
time_t __wrap_time(time_t *now);

static int interrupted(void)
{
	if (!interrupt_calls)
		return 0;
	interrupt_calls--;
	errno = EINTR;
	return 1;
}

ssize_t __wrap_read(int fd, void *to, size_t n)
{
	if (fail_reads) {
		fail_reads--;
		errno = EIO;
		return -1;
	}
	return interrupted() ? -1 : __real_read(fd, to, n);
}

ssize_t __wrap_write(int fd, const void *from, size_t n)
{
	return interrupted() ? -1 : __real_write(fd, from, n);
}

int __wrap_flock(int fd, int how)
{
	return interrupted() ? -1 : __real_flock(fd, how);
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	return interrupted() ? -1 : __real_waitpid(pid, status, options);
}

/* Is this allocation to fail? */
static int refused(size_t n)
{
	asked_allocation = n;
	if (fail_allocations) {
		fail_allocations--;
		return 1;
	}
	return largest_allocation && n > largest_allocation;
}

/* which compilers put in the place of a realloc() of nothing */
void *__wrap_malloc(size_t n)
{
	return refused(n) ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *old, size_t n)
{
	return refused(n) ? NULL : __real_realloc(old, n);
}

time_t __wrap_time(time_t *now)
{
	time_t t = fixed_time ? fixed_time : __real_time(NULL);

	if (now)
		*now = t;
	return t;
}
