/* SPDX-License-Identifier: 0BSD */
/* Commands of any bytes to qmail-clean: only the queue's own files can go, and what is
 * answered is +, ! or x.
 *
 * Input: the commands. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/clean.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A queue in memory, with a file beside each directory that must stay. */
static void make_queue(void)
{
	static const char *const dirs[] = {
		"pid", "intd", "todo", "mess", "mess/8", "info", 0};

	for (int i = 0; dirs[i]; i++)
		mkdir(dirs[i], 0700);
	close(open("100", O_CREAT | O_WRONLY, 0600));
	close(open("info/100", O_CREAT | O_WRONLY, 0600));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char answers[4096];
	int in = memfd_create("commands", MFD_CLOEXEC);
	int out = memfd_create("answers", MFD_CLOEXEC);
	ssize_t n;

	if (scratch_enter())
		make_queue();
	close(open("mess/8/100", O_CREAT | O_WRONLY, 0600));
	if (in < 0 || out < 0 || write(in, data, size) != (ssize_t)size ||
		lseek(in, 0, SEEK_SET) != 0)
		abort();
	if (clean_serve(in, out) != 0)
		abort();
	n = pread(out, answers, sizeof answers, 0);
	for (ssize_t i = 0; i < n; i++)
		if (!answers[i] || !strchr("+!x", answers[i]))
			abort();
	if (access("100", F_OK) < 0 || access("info/100", F_OK) < 0)
		abort();
	close(in);
	close(out);
	scratch_leave();
	return 0;
}
