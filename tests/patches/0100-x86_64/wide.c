/* SPDX-License-Identifier: 0BSD */
/* wide CASE: lengths beyond 32 bits, and near the greatest there is, given to the
 * libraries. Memory that is only mapped and hardly touched stands for the long
 * strings. Ends with 0 if all went right; else tells expected and got. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/io/cdb.h"
#include "lib/io/outbuf.h"
#include "lib/str/alloc.h"
#include "lib/str/byte.h"
#include "lib/str/case.h"
#include "lib/str/stralloc.h"
#include "smtp/hops.h"
#include "smtp/sized.h"

#define GB4 ((size_t)1 << 32)

static void want(const char *what, size_t expected, size_t got)
{
	if (expected == got)
		return;
	printf("%s: expected %zu, got %zu\n", what, expected, got);
	exit(1);
}

/* A string of len bytes, with room for some more, all of it NUL. */
static struct stralloc long_string(size_t len)
{
	struct stralloc sa = {0};
	size_t room = len + 4096;
	void *at = mmap(NULL, room, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	sa.s = at;
	sa.len = (slen)len;
	sa.cap = (slen)room;
	return sa;
}

static void append_across_4gb(void)
{
	struct stralloc sa = long_string(GB4 - 2);
	char *before = sa.s;

	sa_catb(&sa, "abcde", 5);
	sa_catc(&sa, 'f');
	want("it moved", 0, sa.s != before);
	want("length", GB4 + 4, sa.len);
	want("bytes", 0, (size_t)memcmp(before + GB4 - 2, "abcdef", 6) != 0);
}

static void append_across_2gb(void)
{
	struct stralloc sa = long_string(GB4 / 2 - 2);

	sa_catb(&sa, "abcde", 5);
	want("length", GB4 / 2 + 3, sa.len);
	want("bytes", 0, (size_t)memcmp(sa.s + GB4 / 2 - 2, "abcde", 5) != 0);
}

static void find_beyond_4gb(void)
{
	struct stralloc sa = long_string(GB4 + 100);

	sa.s[GB4 + 7] = '@';
	want("place", GB4 + 7, byte_rfind(sa.s, sa.len, '@'));
}

/* Lengths that differ by 4 GB are not the same length. */
static void compare_what_differs_by_4gb(void)
{
	struct stralloc sa = long_string(GB4 + 3);

	memcpy(sa.s, "abc", 3);
	want("case_same", 0, (size_t)case_same(sa.s, GB4 + 3, "abc", 3));
	want("byte_is", 0, (size_t)byte_is(sa.s, GB4 + 3, "abc"));
	want("sa_is", 0, (size_t)sa_is(&sa, "abc"));
}

static size_t written;

static ssize_t count(int fd, const void *from, size_t n)
{
	(void)fd;
	(void)from;
	written += n;
	return (ssize_t)n;
}

static void write_more_than_4gb(void)
{
	struct stralloc sa = long_string(GB4 + 10);
	struct outbuf out;
	char mem[64];

	outbuf_init(&out, count, -1, mem, sizeof mem);
	outbuf_putsa(&out, &sa);
	want("failed", 0, (size_t)outbuf_flush(&out));
	want("written", GB4 + 10, written);
}

/* One hop more than 32 bits count is still one too many. */
static void count_more_than_32_bits_of_hops(void)
{
	struct smtp_hops hops = {.count = UINT32_MAX};

	smtp_hops_scan(&hops, "Received: x\r\n", 13);
	want("looping", 1, (size_t)smtp_hops_exceeded(&hops));
}

static void limit_a_message_beyond_4gb(void)
{
	static struct sized_submit sub;
	struct stralloc sa = long_string(GB4 + 150);

	sa.s[0] = '\n'; /* no header */
	want("start", 0, (size_t)sized_open(&sub, GB4 + 100));
	/* the queue program need not see it */
	outbuf_init(
		&sub.queue.out, count, -1, sub.queue.mem, sizeof sub.queue.mem);
	sized_put(&sub, sa.s, 200);
	want("200 bytes are too big", 0, (size_t)sub.too_big);
	sized_put(&sub, sa.s, GB4 - 100);
	want("the limit is too big", 0, (size_t)sub.too_big);
	sized_put(&sub, sa.s, 1);
	want("the limit and one is too big", 1, (size_t)sub.too_big);
	outbuf_flush(&sub.queue.out);
	want("written", GB4 + 100, written);
}

/* The format has 32 bits: what does not fit is refused, not cut. */
static void refuse_a_database_beyond_4gb(void)
{
	struct stralloc sa = long_string(GB4 + 5);
	struct cdb_make make;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	want("start", 0, (size_t)cdb_make_start(&make, fd));
	want("value", 1, cdb_make_add(&make, "k", 1, sa.s, GB4 + 5) == -1);
	want("errno", ENOMEM, (size_t)errno);
}

/* Lengths that cannot be had: memory is called short, and since trying again
 * cannot help the process ends, with 111, even if alloc_failed returns. */

static void tell(void)
{
	if (write(1, "short", 5) != 5)
		_exit(72);
}

static void get_the_greatest(void)
{
	alloc_get(SIZE_MAX);
}

static void grow_to_the_greatest(void)
{
	alloc_grow(alloc_get(10), SIZE_MAX - 8);
}

static void get_more_than_pointers_can_tell_apart(void)
{
	alloc_get((size_t)PTRDIFF_MAX + 1);
}

static void make_room_for_the_greatest(void)
{
	struct stralloc sa = {0};

	sa_room(&sa, (slen)SIZE_MAX);
}

static void make_room_for_nearly_the_greatest(void)
{
	struct stralloc sa = {0};

	sa_room(&sa, (slen)(SIZE_MAX - 40));
}

static void make_more_room_than_there_is(void)
{
	struct stralloc sa = {0};

	sa_cats(&sa, "x");
	sa_more(&sa, (slen)SIZE_MAX);
}

static void append_the_greatest(void)
{
	struct stralloc sa = {0};

	sa_cats(&sa, "x");
	sa_catb(&sa, "y", (slen)(SIZE_MAX - 1));
}

static void copy_the_greatest(void)
{
	struct stralloc sa = {0};

	sa_copyb(&sa, "y", (slen)SIZE_MAX);
}

static void grow_the_greatest_list(void)
{
	slen room = (slen)SIZE_MAX - 10;

	alloc_one_more(NULL, room, &room, 1);
}

static void grow_a_list_whose_bytes_wrap(void)
{
	slen room = (slen)(SIZE_MAX / 16);

	alloc_one_more(NULL, room, &room, 24);
}

/* Runs a job in a child: it has to end with 111 and to have told. */
static void ends_for_lack_of_memory(void (*job)(void))
{
	char told[8];
	int ends[2];
	int status;
	pid_t child;

	if (pipe(ends) < 0)
		exit(2);
	child = fork();
	if (child == 0) {
		dup2(ends[1], 1);
		alloc_failed = tell;
		alarm(5); /* it may be trying for ever */
		job();
		_exit(0);
	}
	close(ends[1]);
	want("told", 1, read(ends[0], told, sizeof told) >= 5);
	close(ends[0]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		exit(2);
	want("killed by", 0,
		(size_t)(WIFSIGNALED(status) ? WTERMSIG(status) : 0));
	want("exit code", 111, (size_t)WEXITSTATUS(status));
}

static const struct {
	const char *name;
	void (*run)(void);
	int ends;
} cases[] = {
#define CASE(name)                                                             \
	{                                                                      \
#name, name, 0                                                 \
	}
#define ENDS(name)                                                             \
	{                                                                      \
#name, name, 1                                                 \
	}
	CASE(append_across_2gb),
	CASE(append_across_4gb),
	CASE(find_beyond_4gb),
	CASE(compare_what_differs_by_4gb),
	CASE(write_more_than_4gb),
	CASE(count_more_than_32_bits_of_hops),
	CASE(limit_a_message_beyond_4gb),
	CASE(refuse_a_database_beyond_4gb),
	ENDS(get_the_greatest),
	ENDS(grow_to_the_greatest),
	ENDS(get_more_than_pointers_can_tell_apart),
	ENDS(make_room_for_the_greatest),
	ENDS(make_room_for_nearly_the_greatest),
	ENDS(make_more_room_than_there_is),
	ENDS(append_the_greatest),
	ENDS(copy_the_greatest),
	ENDS(grow_the_greatest_list),
	ENDS(grow_a_list_whose_bytes_wrap),
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (argc < 2) {
			puts(cases[i].name);
		} else if (strcmp(argv[1], cases[i].name) == 0) {
			if (cases[i].ends)
				ends_for_lack_of_memory(cases[i].run);
			else
				cases[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
