/* SPDX-License-Identifier: 0BSD */
/* What the mail programs ask the Domain Name System. */
#include "lib/net/dns.h"

#include <string.h>
#include <unistd.h>

#include "lib/net/dns-send.h"
#include "lib/str/alloc.h"

/* Steps of an alias chain, which may be a loop. */
enum { ALIASES_MAX = 10 };

/* A question's answer, being read. */
struct lookup {
	struct dns_reply reply;
	struct dns_record record;
	unsigned char answer[DNS_ANSWER_MAX];
};

static enum dns_result lookup_start(
	struct lookup *look, const struct stralloc *name, enum dns_type type)
{
	slen len;
	enum dns_result result = dns_send(
		name->s, name->len, type, look->answer, &len);

	if (result != DNS_OK)
		return result;
	return dns_reply_open(&look->reply, look->answer, len);
}

/* Takes the next record of a type. Returns DNS_OK; DNS_NONE at the end;
 * DNS_TEMP if the answer is broken or cut. */
static enum dns_result lookup_next(struct lookup *look, enum dns_type type)
{
	int more;

	while ((more = dns_reply_next(&look->reply, &look->record)) == 1)
		if (look->record.type == type)
			return DNS_OK;
	return more < 0 ? DNS_TEMP : DNS_NONE;
}

/* The name in the first record of a type, when asking for another or the
 * same. */
static enum dns_result name_lookup(struct stralloc *found,
	const struct stralloc *name, enum dns_type ask, enum dns_type want)
{
	struct lookup look;
	enum dns_result result = lookup_start(&look, name, ask);

	if (result == DNS_OK)
		result = lookup_next(&look, want);
	if (result == DNS_OK &&
		dns_reply_name(&look.reply, look.record.data, found) < 0)
		result = DNS_TEMP;
	return result;
}

void dns_hosts_add(
	struct dns_hosts *hosts, const struct ip_addr *ip, unsigned preference)
{
	hosts->list = alloc_one_more(
		hosts->list, hosts->count, &hosts->room, sizeof *hosts->list);
	hosts->list[hosts->count++] = (struct dns_host){
		.ip = *ip, .preference = preference};
}

void dns_hosts_free(struct dns_hosts *hosts)
{
	alloc_release(hosts->list);
	*hosts = (struct dns_hosts){0};
}

enum dns_result dns_canonical(struct stralloc *name, int *changed)
{
	struct stralloc target = {0};
	enum dns_result result = DNS_OK;

	*changed = 0;
	if (name->len > 0 && name->s[name->len - 1] == '.') {
		name->len--;
		*changed = 1;
	}
	for (int step = 0; step < ALIASES_MAX && result == DNS_OK; step++) {
		if (name->len == 0 || name->s[name->len - 1] == ']')
			break;
		result = name_lookup(&target, name, DNS_ANY, DNS_CNAME);
		if (result == DNS_OK) {
			sa_copy(name, &target);
			*changed = 1;
		}
	}
	sa_free(&target);
	return result == DNS_TEMP ? DNS_TEMP : DNS_OK;
}

/* Is the text an address, bare or in brackets? */
static int is_address(const struct stralloc *name, struct ip_addr *ip)
{
	struct stralloc text = {0};
	const char *s;
	slen n;

	sa_copy(&text, name);
	s = sa_cstr(&text);
	n = s[0] == '[' ? ip_scan_bracketed(s, ip) : ip_scan(s, ip);
	n = n > 0 && n == name->len;
	sa_free(&text);
	return (int)n;
}

static enum dns_result addresses_at(struct dns_hosts *hosts,
	const struct stralloc *name, unsigned preference)
{
	struct lookup look;
	struct ip_addr ip;
	enum dns_result result;

	if (is_address(name, &ip)) {
		dns_hosts_add(hosts, &ip, preference);
		return DNS_OK;
	}
	result = lookup_start(&look, name, DNS_A);
	if (result != DNS_OK)
		return result;
	while ((result = lookup_next(&look, DNS_A)) == DNS_OK) {
		if (look.record.size < sizeof ip.b)
			return DNS_TEMP;
		memcpy(ip.b, look.answer + look.record.data, sizeof ip.b);
		dns_hosts_add(hosts, &ip, preference);
	}
	return result == DNS_TEMP ? DNS_TEMP : DNS_OK;
}

enum dns_result dns_addresses(
	struct dns_hosts *hosts, const struct stralloc *name)
{
	return addresses_at(hosts, name, 0);
}

struct exchanger {
	struct stralloc name;
	unsigned preference;
};

struct exchangers {
	struct exchanger *list;
	slen count;
};

/* Keeps the best preference first; equal ones stay as the answer has them. */
static void exchangers_insert(
	struct exchangers *all, const struct exchanger *one)
{
	slen at = all->count;

	all->list = alloc_grow(all->list, (at + 1) * sizeof *all->list);
	for (; at > 0 && one->preference < all->list[at - 1].preference; at--)
		all->list[at] = all->list[at - 1];
	all->list[at] = *one;
	all->count++;
}

static void exchangers_free(struct exchangers *all)
{
	for (slen i = 0; i < all->count; i++)
		sa_free(&all->list[i].name);
	alloc_release(all->list);
}

static enum dns_result exchangers_find(
	struct exchangers *all, const struct stralloc *name)
{
	struct lookup look;
	enum dns_result result = lookup_start(&look, name, DNS_MX);

	if (result != DNS_OK)
		return result;
	while ((result = lookup_next(&look, DNS_MX)) == DNS_OK) {
		struct exchanger one = {0};

		/* RFC 1035 section 3.3.9: preference, then name */
		if (look.record.size < 3 ||
			dns_reply_name(&look.reply, look.record.data + 2,
				&one.name) < 0) {
			sa_free(&one.name);
			return DNS_TEMP;
		}
		one.preference = dns_reply_short(&look.reply, look.record.data);
		exchangers_insert(all, &one);
	}
	return result == DNS_TEMP ? DNS_TEMP : DNS_OK;
}

/* Gives the hosts from first on one rank, which is left to chance. */
static void hosts_rank(struct dns_hosts *hosts, slen first)
{
	unsigned rank;

	if (getentropy(&rank, sizeof rank) < 0)
		rank = 0;
	for (; first < hosts->count; first++)
		hosts->list[first].rank = rank;
}

static int goes_before(const struct dns_host *a, const struct dns_host *b)
{
	if (a->preference != b->preference)
		return a->preference < b->preference;
	return a->rank < b->rank;
}

/* Orders the hosts from first on by preference, then by rank. */
static void hosts_sort(struct dns_hosts *hosts, slen first)
{
	for (slen i = first; i < hosts->count; i++) {
		struct dns_host one = hosts->list[i];
		slen at = i;

		for (; at > first && goes_before(&one, &hosts->list[at - 1]);
			at--)
			hosts->list[at] = hosts->list[at - 1];
		hosts->list[at] = one;
	}
}

/* Looks all the exchangers up. One whose name gives trouble is left out, unless
 * no other has an address. */
static enum dns_result exchangers_addresses(
	struct dns_hosts *hosts, const struct exchangers *all)
{
	enum dns_result result = DNS_OK;
	slen before = hosts->count;

	for (slen i = 0; i < all->count; i++) {
		slen first = hosts->count;

		if (addresses_at(hosts, &all->list[i].name,
			    all->list[i].preference) == DNS_TEMP)
			result = DNS_TEMP;
		hosts_rank(hosts, first);
	}
	hosts_sort(hosts, before);
	return hosts->count > before ? DNS_OK : result;
}

enum dns_result dns_exchangers(
	struct dns_hosts *hosts, const struct stralloc *name)
{
	struct exchangers all = {0};
	struct ip_addr ip;
	enum dns_result result;

	if (is_address(name, &ip)) {
		dns_hosts_add(hosts, &ip, 0);
		return DNS_OK;
	}
	result = exchangers_find(&all, name);
	if (result != DNS_TEMP) {
		if (all.count > 0)
			result = exchangers_addresses(hosts, &all);
		else
			result = addresses_at(hosts, name, 0);
	}
	exchangers_free(&all);
	return result;
}

enum dns_result dns_name_of(struct stralloc *name, const struct ip_addr *ip)
{
	struct stralloc query = {0};
	enum dns_result result;

	/* RFC 1035 section 3.5 */
	for (int i = (int)sizeof ip->b - 1; i >= 0; i--) {
		sa_catnum(&query, ip->b[i]);
		sa_catc(&query, '.');
	}
	sa_cats(&query, "in-addr.arpa");
	result = name_lookup(name, &query, DNS_PTR, DNS_PTR);
	sa_free(&query);
	return result;
}
