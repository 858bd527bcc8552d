/* SPDX-License-Identifier: 0BSD */
/* A whole POP3 session of any bytes over a Maildir of three messages: it ends,
 * every line of its replies ends with CR LF, and without QUIT all stays.
 *
 * Input: a message, a NUL, then what the client sends. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "client.h"
#include "lib/str/alloc.h"
#include "pop/box.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const folders[] = {"new", "cur", "tmp"};

static void check(int good)
{
	if (!good)
		abort();
}

static void put_message(
	const char *path, const void *text, size_t n, time_t when)
{
	struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	check(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	check(futimens(fd, times) == 0);
	close(fd);
}

/* Counts the messages of the Maildir and removes them. */
static int take_messages(void)
{
	int count = 0;

	for (int i = 0; i < 3; i++) {
		DIR *dir = opendir(folders[i]);
		struct dirent *entry;

		check(dir != NULL);
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.' &&
				unlinkat(dirfd(dir), entry->d_name, 0) == 0)
				count++;
		closedir(dir);
	}
	return count;
}

static void check_replies(int fd)
{
	char text[65536];
	size_t n = client_got(fd, text, sizeof text);

	check(n > 4 && memcmp(text, "+OK ", 4) == 0);
	for (size_t i = 0; i < n; i++)
		check(text[i] != '\n' || text[i - 1] == '\r');
	check(n == sizeof text || text[n - 1] == '\n');
}

static int says_quit(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++)
		if (strncasecmp((const char *)data + i, "quit", 4) == 0)
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pop_box box;
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t n = nul ? (size_t)(nul - data) : size;
	size_t skip = n + (nul != NULL);
	int in = client_file(data + skip, size - skip);
	int out = client_file(NULL, 0);

	if (scratch_enter())
		for (int i = 0; i < 3; i++)
			check(mkdir(folders[i], 0700) == 0);
	put_message("new/1.a", data, n, 1000);
	put_message("cur/2.b:2,S", "A: b\n\n.\n", 8, 2000);
	put_message("new/3.c", "", 0, 2000);
	pop_box_open(&box, in, out);
	pop_box_serve(&box, ".");
	check_replies(out);
	check(take_messages() == 3 || says_quit(data + skip, size - skip));
	sa_free(&box.chat.line);
	sa_free(&box.dir.names);
	alloc_release(box.dir.list);
	alloc_release(box.messages);
	close(in);
	close(out);
	scratch_leave();
	return 0;
}
