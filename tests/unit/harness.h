/* SPDX-License-Identifier: 0BSD */
/* What the unit tests share: registration, comparisons that tell expected and got,
 * input and output in memory, a directory to work in, children, failing calls. */
#ifndef HARNESS_H
#define HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include <cmocka.h>

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

/* A test. Its name is the behaviour that it shows. */
#define TEST(name)                                                             \
	static void name(void);                                                \
	static void run_##name(void **state)                                   \
	{                                                                      \
		(void)state;                                                   \
		name();                                                        \
	}                                                                      \
	static void __attribute__((constructor)) add_##name(void)              \
	{                                                                      \
		unit_add(#name, run_##name);                                   \
	}                                                                      \
	static void name(void)

void unit_add(const char *name, CMUnitTestFunction test);

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Comparisons. The expected value comes first. A text that is expected is a string
 * literal, which may hold NULs. label, if not null, tells which case it is. */
#define want_num(expected, got)                                                \
	unit_num(NULL, (long long)(expected), (long long)(got), #got,          \
		__FILE__, __LINE__)
#define want_case(label, expected, got)                                        \
	unit_num(label, (long long)(expected), (long long)(got), #got,         \
		__FILE__, __LINE__)
#define want_bytes(label, expected, n, got, m)                                 \
	unit_bytes(label, expected, n, got, m, #got, __FILE__, __LINE__)
#define want_text(expected, got, n)                                            \
	want_bytes(NULL, expected, sizeof(expected) - 1, got, n)
#define want_sa(expected, sa) want_text(expected, (sa)->s, (sa)->len)
#define want_str(expected, got)                                                \
	unit_str(NULL, expected, got, #got, __FILE__, __LINE__)
#define want_case_str(label, expected, got)                                    \
	unit_str(label, expected, got, #got, __FILE__, __LINE__)

/* A number as a label, until the next call. */
const char *unit_label(long number);

void unit_num(const char *label, long long expected, long long got,
	const char *what, const char *file, int line);
void unit_bytes(const char *label, const void *expected, size_t n,
	const void *got, size_t m, const char *what, const char *file,
	int line);
void unit_str(const char *label, const char *expected, const char *got,
	const char *what, const char *file, int line);

/* Input from memory: at most step bytes at a time; then end of file, or feed_error. */
extern int feed_error;
void feed_set(const void *bytes, size_t n, size_t step);
ssize_t feed_read(int fd, void *to, size_t n);
size_t feed_left(void);

/* Starts reading these bytes through the buffer of the test. */
#define feed_start(in, literal, step)                                          \
	unit_feed_start(in, literal, sizeof(literal) - 1, step)
void unit_feed_start(
	struct inbuf *in, const char *bytes, size_t n, size_t step);

/* Output to memory: at most sink_step bytes at a time; sink_error once sink_limit bytes
 * are there. */
extern struct stralloc sink;
extern size_t sink_step, sink_limit;
extern int sink_error;
extern unsigned sink_calls;
void sink_start(struct outbuf *out);
ssize_t sink_write(int fd, const void *from, size_t n);

/* Runs job in a child; returns its wait status. What it writes to descriptor 2 is in
 * child_said. */
extern struct stralloc child_said;
int child_run(void (*job)(void));

/* An empty directory, which is the current one from now on. */
void scratch_enter(void);
void scratch_write(const char *path, const char *bytes, size_t n);
void scratch_age(const char *path, time_t accessed, time_t modified);
#define scratch_file(path, literal)                                            \
	scratch_write(path, literal, sizeof(literal) - 1)

/* System calls that the tests can make fail; each counts down its calls. */
extern unsigned
	interrupt_calls;    /* so many read, write, flock, waitpid: EINTR */
extern unsigned fail_reads; /* so many read: EIO */
extern time_t fixed_time;   /* what time() tells; 0: the time */
extern unsigned fail_allocations; /* so many malloc, realloc: null */
extern size_t largest_allocation; /* more is never granted; 0: no limit */
extern size_t asked_allocation;   /* what they were asked for last */

#endif
