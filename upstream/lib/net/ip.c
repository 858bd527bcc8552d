/* SPDX-License-Identifier: 0BSD */
/* Addresses of hosts. */
#include "lib/net/ip.h"

#include "lib/str/fmt.h"
#include "lib/str/scan.h"

enum { PARTS = sizeof((struct ip_addr *)0)->b };

slen ip_fmt(char *out, const struct ip_addr *ip)
{
	char digits[FMT_ULONG];
	slen used = 0;

	for (int part = 0; part < PARTS; part++) {
		slen n = fmt_ulong(digits, ip->b[part]);

		if (part > 0)
			out[used++] = '.';
		for (slen i = 0; i < n; i++)
			out[used++] = digits[i];
	}
	return used;
}

slen ip_scan(const char *s, struct ip_addr *ip)
{
	struct ip_addr found;
	unsigned long number;
	slen at = 0;

	for (int part = 0; part < PARTS; part++) {
		slen digits;

		if (part > 0 && s[at++] != '.')
			return 0;
		digits = scan_ulong(s + at, &number);
		if (digits == 0)
			return 0;
		found.b[part] = (unsigned char)(number & 0xff);
		at += digits;
	}
	*ip = found;
	return at;
}

slen ip_scan_bracketed(const char *s, struct ip_addr *ip)
{
	struct ip_addr found;
	slen n;

	if (s[0] != '[')
		return 0;
	n = ip_scan(s + 1, &found);
	if (n == 0 || s[1 + n] != ']')
		return 0;
	*ip = found;
	return n + 2;
}
