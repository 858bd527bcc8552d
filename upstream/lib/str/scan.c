/* SPDX-License-Identifier: 0BSD */
/* Text as numbers. */
#include "lib/str/scan.h"

#include <string.h>

slen scan_ulongb(const char *s, slen n, unsigned long *value)
{
	unsigned long sum = 0;
	slen i = 0;

	while (i < n && s[i] >= '0' && s[i] <= '9')
		sum = sum * 10 + (unsigned long)(s[i++] - '0');
	*value = sum;
	return i;
}

slen scan_ulong(const char *s, unsigned long *value)
{
	return scan_ulongb(s, (slen)strlen(s), value);
}
