/* SPDX-License-Identifier: 0BSD */
/* Addresses in SMTP commands, read leniently. */
#include "smtp/address.h"

#include <string.h>

#include "lib/net/ip.h"
#include "lib/net/ipme.h"
#include "lib/str/byte.h"

/* Finds where the address begins and what ends it. */
static const char *find_start(const char *arg, char *end)
{
	const char *bracket = strchr(arg, '<');
	const char *colon;

	*end = bracket ? '>' : ' ';
	if (bracket)
		return bracket + 1;
	colon = strchr(arg, ':');
	if (!colon)
		return "";
	return colon + 1 + strspn(colon + 1, " ");
}

/* A source route, @relay,@relay: in front, is dropped; one that does not end
 * takes everything with it. */
static const char *skip_route(const char *text)
{
	const char *colon;

	if (*text != '@')
		return text;
	colon = strchr(text, ':');
	return colon ? colon + 1 : "";
}

void smtp_address_parse(struct stralloc *addr, const char *arg)
{
	char end;
	int quoted = 0;
	const char *at = skip_route(find_start(arg, &end));

	sa_clear(addr);
	for (; *at && (quoted || *at != end); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (*at == '\\' && !*++at)
			break;
		sa_catc(addr, *at);
	}
}

int smtp_address_localize(struct stralloc *addr, const struct stralloc *name)
{
	slen domain = byte_rfind(addr->s, addr->len, '@') + 1;
	struct ip_addr ip;
	slen taken;
	int own;

	if (domain >= addr->len || addr->s[domain] != '[')
		return 0;
	taken = ip_scan_bracketed(sa_cstr(addr) + domain, &ip);
	if (!taken || domain + taken != addr->len)
		return 0;
	own = ipme_has(&ip);
	if (own > 0) {
		addr->len = domain;
		sa_cat(addr, name);
	}
	return own < 0 ? -1 : 0;
}
