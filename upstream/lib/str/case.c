/* SPDX-License-Identifier: 0BSD */
/* Comparing and folding text without regard to the case of A-Z. */
#include "lib/str/case.h"

#include <string.h>

char case_fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

void case_lowerb(char *s, slen n)
{
	for (slen i = 0; i < n; ++i)
		s[i] = case_fold(s[i]);
}

void case_lower(char *s)
{
	case_lowerb(s, (slen)strlen(s));
}

int case_same(const char *a, slen n, const char *b, slen m)
{
	if (n != m)
		return 0;
	for (slen i = 0; i < n; ++i)
		if (case_fold(a[i]) != case_fold(b[i]))
			return 0;
	return 1;
}

int case_eqs(const char *a, const char *b)
{
	return case_same(a, (slen)strlen(a), b, (slen)strlen(b));
}

int case_starts(const char *s, slen n, const char *prefix)
{
	slen m = (slen)strlen(prefix);

	return m <= n && case_same(s, m, prefix, m);
}
