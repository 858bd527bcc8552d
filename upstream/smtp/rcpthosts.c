/* SPDX-License-Identifier: 0BSD */
/* The domains to which anyone may send. */
#include "smtp/rcpthosts.h"

#include <errno.h>

#include "lib/io/cdb.h"
#include "lib/io/fd.h"
#include "lib/mail/constmap.h"
#include "lib/mail/control.h"
#include "lib/str/byte.h"
#include "lib/str/case.h"
#include "lib/str/stralloc.h"

static int restricted; /* is there a rcpthosts? */
static struct constmap listed;
static int database = -1; /* morercpthosts.cdb */

int rcpthosts_read(void)
{
	struct stralloc lines = {0};

	restricted = control_list(&lines, "control/rcpthosts");
	if (restricted <= 0)
		return restricted;
	constmap_make(&listed, &lines, CONSTMAP_KEYS);
	sa_free(&lines);
	database = open_read("control/morercpthosts.cdb");
	return database < 0 && errno != ENOENT ? -1 : 0;
}

static int in_list(const char *name, slen n)
{
	return constmap_find(&listed, name, n) != NULL;
}

static int in_database(const char *name, slen n)
{
	uint32_t length;

	return cdb_find(database, name, n, &length);
}

/* Tries the domain and its ends that begin with a dot, longest first. An
 * address is short (1000 bytes at most), so the square of its dots is no
 * burden. */
static int any_end(int (*known)(const char *, slen), const char *domain, slen n)
{
	for (slen at = 0; at < n; at++) {
		if (at == 0 || domain[at] == '.') {
			int found = known(domain + at, n - at);

			if (found)
				return found;
		}
	}
	return 0;
}

int rcpthosts_allow(const char *addr, slen n)
{
	static struct stralloc domain;
	slen at = byte_rfind(addr, n, '@');
	int found;

	if (!restricted || at == n)
		return 1;
	sa_copyb(&domain, addr + at + 1, n - at - 1);
	case_lowerb(domain.s, domain.len);
	found = any_end(in_list, domain.s, domain.len);
	if (found || database < 0)
		return found;
	return any_end(in_database, domain.s, domain.len);
}
