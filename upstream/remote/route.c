/* SPDX-License-Identifier: 0BSD */
/* control/smtproutes: which relay gets the mail for a host. */
#include "remote/route.h"

#include <string.h>

#include "lib/str/byte.h"
#include "lib/str/scan.h"

/* The first value on the way from the whole name to the empty one. */
static const char *value_for(const struct constmap *routes, const char *host)
{
	const char *value;
	const char *name = host;

	while (!(value = constmap_find(routes, name, (slen)strlen(name)))) {
		if (!*name)
			return "";
		name++;
		name += str_find(name, '.');
	}
	return value;
}

void route_find(
	struct route *route, const struct constmap *routes, const char *host)
{
	const char *value = value_for(routes, host);
	slen colon = str_find(value, ':');
	unsigned long port;

	route->relay = *value != '\0';
	route->port = SMTP_PORT;
	if (!route->relay) {
		sa_copys(&route->host, host);
		return;
	}
	sa_copyb(&route->host, value, colon);
	if (value[colon]) {
		scan_ulong(value + colon + 1, &port);
		route->port = (unsigned)(port & 0xffff);
	}
}
