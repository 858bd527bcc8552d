/* SPDX-License-Identifier: 0BSD */
/* Envelopes of any bytes to qmail-queue: accepted means exactly one more file in todo,
 * made of whole records; refused means none.
 *
 * Input: the envelope; it is the message, too. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/accept.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_queue(void)
{
	char path[64];
	static const char *const dirs[] = {
		"pid", "intd", "todo", "lock", "mess", 0};

	for (int i = 0; dirs[i]; i++)
		mkdir(dirs[i], 0700);
	for (int i = 0; i < 23; i++) {
		snprintf(path, sizeof path, "mess/%d", i);
		mkdir(path, 0700);
	}
}

/* Every record of the envelope file has a known letter and an end. */
static void check_envelope(const char *path)
{
	char text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text);
	ssize_t at = 0;

	close(fd);
	while (n < (ssize_t)sizeof text && at < n) {
		char *end = memchr(text + at, '\0', (size_t)(n - at));

		if (!end || !text[at] || !strchr("upFT", text[at]))
			abort();
		at = end - text + 1;
	}
}

/* Empties a directory of the queue. Returns how many files there were. */
static int empty(const char *folder, int envelopes)
{
	char path[300];
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int count = 0;

	if (!dir)
		abort();
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (envelopes)
			check_envelope(path);
		if (unlink(path) == 0)
			count++;
	}
	closedir(dir);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	struct accept_origin origin = {.uid = 1, .pid = 2, .when = 3};
	int message = memfd_create("message", MFD_CLOEXEC);
	int envelope = memfd_create("envelope", MFD_CLOEXEC);
	int code;

	if (scratch_enter())
		make_queue();
	if (write(message, data, size) != (ssize_t)size ||
		write(envelope, data, size) != (ssize_t)size ||
		lseek(message, 0, SEEK_SET) || lseek(envelope, 0, SEEK_SET))
		abort();
	code = accept_message(&origin, message, envelope);
	if (code != 0 && code != 11 && code != 54 && code != 91)
		abort();
	if (empty("todo", 1) != (code == 0))
		abort();
	if (empty("intd", 0) > 1 || empty("pid", 0))
		abort();
	for (int i = 0; i < 23; i++) {
		snprintf(path, sizeof path, "mess/%d", i);
		empty(path, 0);
	}
	close(message);
	close(envelope);
	scratch_leave();
	return 0;
}
