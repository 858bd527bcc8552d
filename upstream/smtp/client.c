/* SPDX-License-Identifier: 0BSD */
/* Who is at the other end of the connection, and the trace field that says
 * so. */
#include "smtp/client.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mail/date.h"

/* What may stand in the field as it is. */
static const char harmless[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	".@%+/=:-";

static const char *env_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

void client_from_env(struct client *client)
{
	client->ip = env_or("TCPREMOTEIP", "unknown");
	client->host = env_or("TCPREMOTEHOST", "unknown");
	client->info = getenv("TCPREMOTEINFO");
	client->local = env_or("TCPLOCALHOST", env_or("TCPLOCALIP", "unknown"));
}

/* Appends text with a question mark for each other character. */
static void cat_safe(struct stralloc *out, const char *text)
{
	for (;;) {
		size_t fine = strspn(text, harmless);

		sa_catb(out, text, (slen)fine);
		text += fine;
		if (!*text)
			return;
		sa_catc(out, '?');
		text++;
	}
}

void client_received(struct stralloc *out, const struct client *client,
	const char *protocol, const char *helo, time_t when)
{
	sa_cats(out, "Received: from ");
	cat_safe(out, client->host);
	if (helo) {
		sa_cats(out, " (HELO ");
		cat_safe(out, helo);
		sa_catc(out, ')');
	}
	sa_cats(out, " (");
	if (client->info) {
		cat_safe(out, client->info);
		sa_catc(out, '@');
	}
	cat_safe(out, client->ip);
	sa_cats(out, ")\n  by ");
	cat_safe(out, client->local);
	sa_cats(out, " with ");
	sa_cats(out, protocol);
	sa_cats(out, "; ");
	date_header(out, when);
	sa_catc(out, '\n');
}
