/* SPDX-License-Identifier: 0BSD */
/* What qmail-rspawn makes of any output: one letter, and a text without NUL.
 *
 * Input: the wait status in one byte, then qmail-remote's output. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str/stralloc.h"
#include "remote/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stralloc report;

static ssize_t keep(int fd, const void *from, size_t n)
{
	(void)fd;
	sa_catb(&report, from, (slen)n);
	return (ssize_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char mem[64];
	char *output;
	struct outbuf out;

	if (size == 0)
		return 0;
	/* an exact copy, so that a byte too far is noticed */
	output = malloc(size);
	if (!output)
		abort();
	memcpy(output, data, size);
	outbuf_init(&out, keep, 1, mem, sizeof mem);
	sa_clear(&report);
	verdict_put(&out, data[0] < 128 ? 0 : data[0] << 8, output + 1,
		(slen)(size - 1));
	if (outbuf_flush(&out) < 0 || report.len == 0 ||
		!memchr("KZD", report.s[0], 3) ||
		memchr(report.s, '\0', report.len))
		abort();
	free(output);
	return 0;
}
