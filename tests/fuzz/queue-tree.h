/* SPDX-License-Identifier: 0BSD */
/* A queue in the scratch directory, and what stands in for qmail-clean. */
#ifndef FUZZ_QUEUE_TREE_H
#define FUZZ_QUEUE_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "queue/layout.h"
#include "queue/sender.h"
#include "scratch.h"

static inline void tree_make(void)
{
	static const char *const whole[] = {
		"intd", "todo", "bounce", "lock", 0};
	static const char *const split[] = {
		"mess", "info", "local", "remote", 0};
	char path[64];

	for (int i = 0; whole[i]; i++)
		mkdir(whole[i], 0700);
	for (int i = 0; split[i]; i++) {
		mkdir(split[i], 0700);
		for (int part = 0; part < LAYOUT_SPLIT; part++) {
			snprintf(path, sizeof path, "%s/%d", split[i], part);
			mkdir(path, 0700);
		}
	}
}

static inline void tree_put(const char *path, const void *from, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, from, n) != (ssize_t)n)
		abort();
	close(fd);
}

/* Reads a whole file, at most size bytes. Returns how many, or -1. */
static inline ssize_t tree_get(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, to, size);
	close(fd);
	return n;
}

/* What goes to the log, descriptor 0, from here on: into a file in memory. */
static inline void tree_catch_log(void)
{
	int fd = open("log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, 0) < 0)
		abort();
	close(fd);
}

/* Checks the log, then empties it: lines of visible characters and blanks, and
 * each begins with a word that qmail-send says. */
static inline void tree_check_log(void)
{
	static const char *const words[] = {"new msg ", "info msg ", "end msg ",
		"status: ", "starting delivery ", "delivery ",
		"warning: ", "alert: ", "bounce msg ", "triple bounce: ", 0};
	static char text[1 << 20];
	ssize_t n = pread(0, text, sizeof text - 1, 0);
	char *line = text;

	if (n < 0 || ftruncate(0, 0) < 0)
		abort();
	text[n] = '\0';
	if (strlen(text) != (size_t)n || (n && text[n - 1] != '\n'))
		abort();
	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		int known = 0;

		for (int i = 0; words[i]; i++)
			known |= strncmp(line, words[i], strlen(words[i])) == 0;
		for (char *c = line; c < end; c++)
			if (*c < 32 || *c > 126)
				abort();
		if (!known)
			abort();
	}
}

#endif
