/* SPDX-License-Identifier: 0BSD */
/* Searching bytes. */
#include "lib/str/byte.h"

#include <string.h>

slen byte_find(const char *s, slen n, char c)
{
	const char *hit = n ? memchr(s, c, n) : NULL;

	return hit ? (slen)(hit - s) : n;
}

slen byte_rfind(const char *s, slen n, char c)
{
	for (slen i = n; i > 0; --i)
		if (s[i - 1] == c)
			return i - 1;
	return n;
}

slen str_find(const char *s, char c)
{
	return byte_find(s, (slen)strlen(s), c);
}

slen str_rfind(const char *s, char c)
{
	return byte_rfind(s, (slen)strlen(s), c);
}

int byte_is(const char *s, slen n, const char *text)
{
	return strlen(text) == n && (n == 0 || memcmp(s, text, n) == 0);
}

int str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}
