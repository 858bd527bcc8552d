/* SPDX-License-Identifier: 0BSD */
/* One message to the mail server of one host. */
#include "remote/transfer.h"

#include <errno.h>

#include "lib/mail/control.h"
#include "lib/mail/quote.h"
#include "lib/net/dns.h"
#include "lib/str/alloc.h"
#include "lib/str/byte.h"
#include "remote/connection.h"
#include "remote/dialogue.h"
#include "remote/report.h"
#include "remote/route.h"
#include "remote/targets.h"
#include "remote/tcpto.h"

enum { TIMEOUT_CONNECT = 60, TIMEOUT_REMOTE = 1200 };

/* What has been found out on the way to the connection. */
struct progress {
	struct route route;
	struct stralloc sender;
	struct stralloc *recipients;
	slen count;
	int all_aliases; /* no recipient's domain is what its address says */
	struct dns_hosts hosts;
};

/* Each step returns how it went; what stops the delivery has its report. */
enum step { GO_ON, STOP };

static enum step stop(const struct transfer *job, char letter, const char *text)
{
	report_put(job->report, letter, text, "\n", NULL);
	return STOP;
}

int remote_settings_read(struct remote_settings *settings)
{
	struct stralloc lines = {0};
	int good;

	settings->timeout_connect = TIMEOUT_CONNECT;
	settings->timeout_remote = TIMEOUT_REMOTE;
	good = control_int(&settings->timeout_remote,
		       "control/timeoutremote") >= 0 &&
		control_int(&settings->timeout_connect,
			"control/timeoutconnect") >= 0 &&
		control_line_or_me(&settings->helo, "control/helohost", NULL) ==
			1 &&
		control_list(&lines, "control/smtproutes") >= 0;
	if (good)
		constmap_make(&settings->routes, &lines, CONSTMAP_PAIRS);
	sa_free(&lines);
	return good;
}

/* Appends an address in the form that SMTP asks for, with another host instead
 * of its own unless that is null. Without an @ it goes out as it is. */
static void smtp_address(
	struct stralloc *out, const char *address, const struct stralloc *host)
{
	slen at = str_rfind(address, '@');

	if (!address[at]) {
		sa_cats(out, address);
		return;
	}
	quote_box(out, address, at);
	sa_catc(out, '@');
	if (host)
		sa_cat(out, host);
	else
		sa_cats(out, address + at + 1);
}

/* A recipient at an alias gets mail at the host that it stands for (RFC 1123
 * section 5.2.2). */
static enum dns_result recipient_address(
	struct stralloc *out, const char *address, int *alias)
{
	struct stralloc host = {0};
	enum dns_result result;
	slen at = str_rfind(address, '@');

	*alias = 1;
	if (!address[at]) {
		smtp_address(out, address, NULL);
		return DNS_OK;
	}
	sa_copys(&host, address + at + 1);
	result = dns_canonical(&host, alias);
	if (result == DNS_OK)
		smtp_address(out, address, &host);
	sa_free(&host);
	return result;
}

static enum step name_recipients(
	const struct transfer *job, struct progress *now)
{
	slen count = 0;

	while (job->recipients[count])
		count++;
	now->recipients = alloc_get((count + 1) * sizeof *now->recipients);
	now->all_aliases = 1;
	for (; now->count < count; now->count++) {
		const char *address = job->recipients[now->count];
		struct stralloc *out = &now->recipients[now->count];
		int alias;

		*out = (struct stralloc){0};
		if (now->route.relay) {
			smtp_address(out, address, NULL);
			continue;
		}
		if (recipient_address(out, address, &alias) != DNS_OK) {
			sa_free(out);
			return stop(job, 'Z',
				"CNAME lookup failed temporarily. (#4.4.3)");
		}
		now->all_aliases = now->all_aliases && alias;
	}
	return GO_ON;
}

static enum step find_hosts(const struct transfer *job, struct progress *now)
{
	struct stralloc *name = &now->route.host;
	enum dns_result result = now->route.relay
		? dns_addresses(&now->hosts, name)
		: dns_exchangers(&now->hosts, name);

	if (result == DNS_TEMP)
		return stop(job, 'Z',
			"Sorry, I couldn't find any host by that "
			"name. (#4.1.2)");
	if (result == DNS_NONE) {
		report_put(job->report, 'D',
			"Sorry, I couldn't find any host named ",
			report_safe(name), ". (#5.1.2)\n", NULL);
		return STOP;
	}
	if (now->hosts.count == 0)
		return stop(job, 'D',
			"Sorry, I couldn't find a mail exchanger "
			"or IP address. (#5.4.4)");
	/* an explicit route, or an alias of this host's, may well lead here */
	if (now->route.relay || now->all_aliases)
		return GO_ON;
	if (targets_better_than_self(&now->hosts) < 0)
		return stop(job, 'Z',
			"System resources temporarily unavailable. (#4.3.0)");
	if (now->hosts.count == 0)
		return stop(job, 'D',
			"Sorry. Although I'm listed as a "
			"best-preference MX or A for that host,\nit isn't in "
			"my control/locals file, so I don't treat it as "
			"local. (#5.4.6)");
	return GO_ON;
}

/* Connects to the first host that lets us. */
static enum step connect_host(const struct transfer *job, struct progress *now,
	struct connection *conn)
{
	for (slen i = 0; i < now->hosts.count; i++) {
		const struct ip_addr *ip = &now->hosts.list[i].ip;

		if (tcpto_avoid(ip))
			continue;
		if (connection_open(conn, ip, now->route.port,
			    job->settings->timeout_connect,
			    job->settings->timeout_remote) == 0) {
			tcpto_note(ip, 0);
			return GO_ON;
		}
		tcpto_note(ip, errno == ETIMEDOUT);
	}
	return stop(job, 'Z',
		"Sorry, I wasn't able to establish an SMTP "
		"connection. (#4.4.1)");
}

static void converse(const struct transfer *job, struct progress *now,
	struct connection *conn)
{
	char peer[IP_FMT];
	struct dialogue d = {
		.in = &conn->in,
		.out = &conn->out,
		.message = job->message,
		.report = job->report,
		.peer = peer,
		.helo = &job->settings->helo,
		.sender = &now->sender,
		.recipients = now->recipients,
		.count = now->count,
	};

	peer[ip_fmt(peer, &conn->peer)] = '\0';
	dialogue_run(&d);
}

static void progress_free(struct progress *now)
{
	for (slen i = 0; i < now->count; i++)
		sa_free(&now->recipients[i]);
	alloc_release(now->recipients);
	dns_hosts_free(&now->hosts);
	sa_free(&now->sender);
	sa_free(&now->route.host);
}

void transfer_run(const struct transfer *job)
{
	struct progress now = {0};
	struct connection conn;

	route_find(&now.route, &job->settings->routes, job->host);
	smtp_address(&now.sender, job->sender, NULL);
	if (name_recipients(job, &now) == GO_ON &&
		find_hosts(job, &now) == GO_ON &&
		connect_host(job, &now, &conn) == GO_ON) {
		converse(job, &now, &conn);
		connection_close(&conn);
	}
	progress_free(&now);
}
