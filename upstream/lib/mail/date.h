/* SPDX-License-Identifier: 0BSD */
/* Dates as text, all in UTC. */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <time.h>

#include "lib/str/stralloc.h"

/* Appends "2 Nov 2026 03:04:05 -0000" (RFC 822 section 5.1 with RFC 1123's
 * year; the zone says that local time is not told). */
void date_header(struct stralloc *out, time_t when);

/* Appends "Mon Nov 02 03:04:05 2026", as mbox separator lines have it. */
void date_mbox(struct stralloc *out, time_t when);

/* Appends "2 Nov 2026 03:04:05 +0100": the same moment on a clock that is
 * minutes_east ahead of UTC. */
void date_zoned(struct stralloc *out, time_t when, long minutes_east);

#endif
