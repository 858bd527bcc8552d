/* SPDX-License-Identifier: 0BSD */
/* Control files of any bytes: lines, numbers, lists and the tables made of them. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/mail/constmap.h"
#include "lib/mail/control.h"
#include "lib/str/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

/* Every key that stands in the list is found, with the last line's value. */
static void check_table(const struct stralloc *lines, enum constmap_kind kind)
{
	struct constmap map = {0};

	constmap_make(&map, lines, kind);
	for (slen at = 0; at < lines->len;) {
		const char *line = lines->s + at;
		slen n = (slen)strlen(line);
		const char *colon = strchr(line, ':');
		const char *value;

		at += n + 1;
		if (kind == CONSTMAP_KEYS) {
			check(constmap_find(&map, line, n) != NULL, "key lost");
			continue;
		}
		if (!colon)
			continue;
		value = constmap_find(&map, line, (slen)(colon - line));
		check(value != NULL, "pair lost");
		if (at == lines->len)
			check(strcmp(value, colon + 1) == 0, "not the last");
	}
	constmap_find(&map, "", 0);
	constmap_free(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	struct stralloc line = {0};
	struct stralloc lines = {0};
	int number = 0;
	int fd = memfd_create("control", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no file");
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	check(control_line(&line, path) == 1, "line");
	check(!line.len || !strchr(" \t\n", line.s[line.len - 1]) ||
			!line.s[line.len - 1],
		"line not trimmed");
	control_int(&number, path);
	check(control_list(&lines, path) == 1, "list");
	check(!lines.len || lines.s[lines.len - 1] == '\0', "list not ended");
	check_table(&lines, CONSTMAP_KEYS);
	check_table(&lines, CONSTMAP_PAIRS);
	sa_free(&line);
	sa_free(&lines);
	close(fd);
	return 0;
}
