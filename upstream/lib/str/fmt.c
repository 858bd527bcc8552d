/* SPDX-License-Identifier: 0BSD */
/* Numbers as text. */
#include "lib/str/fmt.h"

slen fmt_padded(char *out, unsigned long number, slen width)
{
	char reversed[FMT_ULONG];
	slen n = 0;

	do {
		reversed[n++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (n < width && n < FMT_ULONG)
		reversed[n++] = '0';
	for (slen i = 0; i < n; ++i)
		out[i] = reversed[n - 1 - i];
	return n;
}

slen fmt_ulong(char *out, unsigned long number)
{
	return fmt_padded(out, number, 1);
}
