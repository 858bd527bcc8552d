/* SPDX-License-Identifier: 0BSD */
/* Counting how often a message was on its way, to stop mail loops. */
#include "smtp/hops.h"

#include <string.h>

#include "lib/str/case.h"

static void judge_line(struct smtp_hops *hops)
{
	slen n = (slen)hops->seen;

	if (case_starts(hops->head, n, "received") ||
		case_starts(hops->head, n, "delivered"))
		hops->count++;
	if (n == 2 && hops->head[0] == '\r')
		hops->in_body = 1;
	hops->seen = 0;
}

void smtp_hops_scan(struct smtp_hops *hops, const char *from, size_t n)
{
	while (n && !hops->in_body) {
		const char *lf = memchr(from, '\n', n);
		size_t line = lf ? (size_t)(lf - from) + 1 : n;
		size_t keep = HOPS_HEAD - hops->seen;

		if (keep > line)
			keep = line;
		memcpy(hops->head + hops->seen, from, keep);
		hops->seen += keep;
		if (lf)
			judge_line(hops);
		from += line;
		n -= line;
	}
}

int smtp_hops_exceeded(const struct smtp_hops *hops)
{
	return hops->count >= SMTP_HOPS_MAX;
}
