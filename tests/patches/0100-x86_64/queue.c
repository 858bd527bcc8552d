/* SPDX-License-Identifier: 0BSD */
/* Stands in for qmail-queue: counts message and envelope and keeps neither. Writes
 * "MESSAGE ENVELOPE" to /tmp/counted, in bytes, if the envelope is whole. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char block[1 << 20];

int main(void)
{
	unsigned long long message = 0;
	size_t envelope = 0;
	ssize_t n;
	FILE *out;

	while ((n = read(0, block, sizeof block)) > 0)
		message += (unsigned long long)n;
	while (n == 0 && envelope < sizeof block &&
		(n = read(1, block + envelope, sizeof block - envelope)) > 0)
		envelope += (size_t)n, n = 0;
	if (n < 0)
		return 54;
	if (envelope < 2 || memcmp(block + envelope - 2, "\0", 2) != 0)
		return 91;
	out = fopen("/tmp/counted", "w");
	if (!out)
		return 53;
	fprintf(out, "%llu %zu\n", message, envelope);
	return fclose(out) ? 53 : 0;
}
