/* SPDX-License-Identifier: 0BSD */
/* Byte strings that grow as needed. */
#include "lib/str/stralloc.h"

#include <string.h>

#include "lib/str/alloc.h"
#include "lib/str/fmt.h"

/* Spare room on each growth, so that appending bytes one by one stays
 * linear. */
static slen with_slack(slen total)
{
	slen slack = (total >> 2) + 32;

	return slack > SLEN_MAX - total ? SLEN_MAX : total + slack;
}

void sa_room(struct stralloc *sa, slen total)
{
	if (sa->s && total <= sa->cap)
		return;
	sa->cap = with_slack(total);
	sa->s = alloc_grow(sa->s, sa->cap);
}

void sa_more(struct stralloc *sa, slen n)
{
	if (n > SLEN_MAX - sa->len)
		alloc_never();
	sa_room(sa, sa->len + n);
}

void sa_clear(struct stralloc *sa)
{
	sa->len = 0;
}

void sa_free(struct stralloc *sa)
{
	alloc_release(sa->s);
	*sa = (struct stralloc){0};
}

void sa_catb(struct stralloc *sa, const void *from, slen n)
{
	sa_more(sa, n);
	if (n)
		memcpy(sa->s + sa->len, from, n);
	sa->len += n;
}

void sa_copyb(struct stralloc *sa, const void *from, slen n)
{
	sa_clear(sa);
	sa_catb(sa, from, n);
}

void sa_copys(struct stralloc *sa, const char *from)
{
	sa_copyb(sa, from, (slen)strlen(from));
}

void sa_copy(struct stralloc *sa, const struct stralloc *from)
{
	sa_copyb(sa, from->s, from->len);
}

void sa_cats(struct stralloc *sa, const char *from)
{
	sa_catb(sa, from, (slen)strlen(from));
}

void sa_cat(struct stralloc *sa, const struct stralloc *from)
{
	sa_catb(sa, from->s, from->len);
}

void sa_catc(struct stralloc *sa, char c)
{
	sa_catb(sa, &c, 1);
}

void sa_catnum(struct stralloc *sa, unsigned long number)
{
	char digits[FMT_ULONG];

	sa_catb(sa, digits, fmt_ulong(digits, number));
}

char *sa_0(struct stralloc *sa)
{
	sa_catc(sa, 0);
	return sa->s;
}

char *sa_cstr(struct stralloc *sa)
{
	sa_0(sa);
	--sa->len;
	return sa->s;
}

void sa_trim(struct stralloc *sa)
{
	while (sa->len && memchr(" \t\n", sa->s[sa->len - 1], 3))
		--sa->len;
}

int sa_is(const struct stralloc *sa, const char *text)
{
	slen n = (slen)strlen(text);

	return sa->len == n && (n == 0 || memcmp(sa->s, text, n) == 0);
}
