/* SPDX-License-Identifier: 0BSD */
/* Where a recipient's mail goes. */
#include "queue/routing.h"

#include <string.h>

#include "lib/mail/constmap.h"
#include "lib/mail/control.h"
#include "lib/str/byte.h"
#include "queue/send-log.h"

static const char locals_file[] = "control/locals";
static const char virtual_file[] = "control/virtualdomains";

static struct constmap locals;
static struct constmap percent_domains;
static struct constmap virtual_domains;
static struct stralloc default_host;
static struct stralloc me; /* as it was at the start; with a NUL */
static int have_me;

/* Reads locals, for which me stands in. Returns 1; 0 if there is neither;
 * -1. */
static int read_locals(struct stralloc *lines)
{
	int r = control_list(lines, locals_file);

	if (r || !have_me)
		return r;
	sa_copy(lines, &me);
	return 1;
}

int routing_load(void)
{
	struct stralloc lines = {0};
	int r;

	have_me = control_line(&me, "control/me");
	sa_0(&me);
	r = have_me;
	if (r >= 0)
		r = control_line_or_me(
			&default_host, "control/envnoathost", "envnoathost");
	if (r >= 0 && (r = read_locals(&lines)) == 0)
		r = -1;
	if (r >= 0) {
		constmap_make(&locals, &lines, CONSTMAP_KEYS);
		r = control_list(&lines, "control/percenthack");
	}
	if (r >= 0) {
		constmap_make(&percent_domains, &lines, CONSTMAP_KEYS);
		r = control_list(&lines, virtual_file);
	}
	if (r >= 0)
		constmap_make(&virtual_domains, &lines, CONSTMAP_PAIRS);
	sa_free(&lines);
	return r < 0 ? -1 : 0;
}

void routing_reload(void)
{
	struct stralloc local_lines = {0};
	struct stralloc virtual_lines = {0};

	if (read_locals(&local_lines) != 1) {
		log_line("alert: unable to reread ", locals_file, NULL);
	} else if (control_list(&virtual_lines, virtual_file) < 0) {
		log_line("alert: unable to reread ", virtual_file, NULL);
	} else {
		constmap_free(&locals);
		constmap_make(&locals, &local_lines, CONSTMAP_KEYS);
		constmap_free(&virtual_domains);
		constmap_make(&virtual_domains, &virtual_lines, CONSTMAP_PAIRS);
	}
	sa_free(&local_lines);
	sa_free(&virtual_lines);
}

/* For box%host@domain with such a domain: box@host, and again. */
static void resolve_percents(struct stralloc *address)
{
	slen at = byte_rfind(address->s, address->len, '@');

	while (constmap_find(
		&percent_domains, address->s + at + 1, address->len - at - 1)) {
		slen percent = byte_rfind(address->s, at, '%');

		if (percent == at)
			return;
		address->len = at;
		at = percent;
		address->s[at] = '@';
	}
}

/* What virtualdomains says of a domain: by its name, then by the part from each
 * dot on, then by the empty name. Null if it says nothing. */
static const char *virtual_prefix(const char *domain, slen n)
{
	for (slen i = 0; i <= n; ++i) {
		const char *hit;

		if (i && i < n && domain[i] != '.')
			continue;
		hit = constmap_find(&virtual_domains, domain + i, n - i);
		if (hit)
			return hit;
	}
	return NULL;
}

enum channel routing_decide(struct stralloc *out, const char *address)
{
	struct stralloc plain = {0};
	const char *prefix;
	enum channel channel = CHANNEL_LOCAL;
	slen at;

	sa_copys(&plain, address);
	if (!address[str_find(address, '@')]) {
		sa_catc(&plain, '@');
		sa_cat(&plain, &default_host);
	}
	resolve_percents(&plain);
	at = byte_rfind(plain.s, plain.len, '@');
	sa_clear(out);
	if (!constmap_find(&locals, plain.s + at + 1, plain.len - at - 1)) {
		prefix = constmap_find(&virtual_domains, plain.s, plain.len);
		if (!prefix)
			prefix = virtual_prefix(
				plain.s + at + 1, plain.len - at - 1);
		if (prefix && *prefix) {
			sa_copys(out, prefix);
			sa_catc(out, '-');
		} else {
			channel = CHANNEL_REMOTE;
		}
	}
	sa_cat(out, &plain);
	sa_cstr(out);
	sa_free(&plain);
	return channel;
}

const char *routing_original(const char *address)
{
	slen at = str_rfind(address, '@');
	const char *prefix;
	size_t n;

	if (!address[at])
		return address;
	prefix = virtual_prefix(
		address + at + 1, (slen)strlen(address + at + 1));
	n = prefix ? strlen(prefix) : 0;
	if (n && strncmp(address, prefix, n) == 0 && address[n] == '-')
		return address + n + 1;
	return address;
}
