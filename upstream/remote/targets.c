/* SPDX-License-Identifier: 0BSD */
/* Which of a domain's hosts may get its mail. */
#include "remote/targets.h"

#include "lib/net/ipme.h"

/* Worse than any that the DNS can give (16 bits). */
enum { PREFERENCE_NONE = 1 << 16 };

int targets_better_than_self(struct dns_hosts *hosts)
{
	unsigned own = PREFERENCE_NONE;
	slen kept = 0;

	for (slen i = 0; i < hosts->count; i++) {
		int mine = ipme_has(&hosts->list[i].ip);

		if (mine < 0)
			return -1;
		if (mine && hosts->list[i].preference < own)
			own = hosts->list[i].preference;
	}
	for (slen i = 0; i < hosts->count; i++)
		if (hosts->list[i].preference < own)
			hosts->list[kept++] = hosts->list[i];
	hosts->count = kept;
	return 0;
}
