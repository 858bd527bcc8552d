/* SPDX-License-Identifier: 0BSD */
/* Sizes as text: from the environment, control files and POP3 clients. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str/scan-size.h"
#include "lib/str/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

/* As many digits as scan_ulong() finds; the same value up to 19 significant
 * digits, which 64 bits hold, and the greatest one beyond 20. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	unsigned long wrapped;
	uint64_t value = 1;
	slen digits, zeros;

	check(text != NULL, "no memory");
	memcpy(text, data, size);
	text[size] = '\0';
	digits = scan_size(text, &value);
	zeros = (slen)strspn(text, "0");
	check(digits == scan_ulong(text, &wrapped), "digits");
	check(digits - zeros >= 20 || value == wrapped, "value");
	check(digits - zeros <= 20 || value == UINT64_MAX, "wrapped");
	check(digits - zeros != 20 || value == wrapped || value == UINT64_MAX,
		"neither");
	free(text);
	return 0;
}
