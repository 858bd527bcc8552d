/* SPDX-License-Identifier: 0BSD */
/* lib/net/dns-wire, and how resolv.conf is read */
#include "lib/net/dns-wire.h"

#include "lib/net/dns-send.h"
#include "lib/net/dns.h"
#include "harness.h"

static unsigned char query[DNS_QUERY_MAX];
static struct dns_reply reply;
static struct dns_record record;
static struct stralloc name;

static slen ask(const char *text)
{
	return dns_query_make(query, text, (slen)strlen(text), DNS_MX, 0x1234);
}

TEST(a_query_has_one_question_in_the_internet)
{
	want_text("\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\17\0\1", query,
		ask("a.example"));
}

TEST(the_root_is_an_empty_name)
{
	want_text("\x12\x34\1\0\0\1\0\0\0\0\0\0\0\0\17\0\1", query, ask(""));
	want_num(17, ask("."));
}

TEST(one_dot_at_the_end_is_ignored_and_more_are_no_name)
{
	slen plain = ask("a.b");

	want_num(plain, ask("a.b."));
	want_num(0, ask("a.b.."));
	want_num(0, ask("a..b"));
	want_num(0, ask(".a"));
	want_num(0, ask(".."));
}

TEST(escapes_stand_for_bytes)
{
	want_num(12 + 5 + 4, ask("a\\.b"));
	want_text("\3a.b\0", query + 12, 5);
	want_num(12 + 4 + 4, ask("\\000\\255"));
	want_text("\2\0\xff\0", query + 12, 4);
	want_num(0, ask("\\256"));
	want_num(0, ask("\\99"));
	want_num(0, ask("\\9x9"));
	want_num(0, ask("a\\"));
	/* an escaped dot at the end is a byte, not the end */
	want_num(12 + 4 + 4, ask("a\\."));
	want_text("\2a.\0", query + 12, 4);
}

TEST(labels_have_63_bytes_at_most_and_names_255)
{
	char label[70];
	struct stralloc text = {0};

	memset(label, 'x', sizeof label);
	want_num(12 + 65 + 4, dns_query_make(query, label, 63, DNS_A, 0));
	want_num(0, dns_query_make(query, label, 64, DNS_A, 0));
	/* 3 * 64 + 62 + 1 = 255 bytes */
	for (int i = 0; i < 3; i++) {
		sa_catb(&text, label, 63);
		sa_catc(&text, '.');
	}
	sa_catb(&text, label, 61);
	want_num(DNS_QUERY_MAX,
		dns_query_make(query, text.s, text.len, DNS_A, 0));
	sa_catc(&text, '.');
	want_num(DNS_QUERY_MAX,
		dns_query_make(query, text.s, text.len, DNS_A, 0));
	text.s[text.len - 1] = 'x';
	want_num(0, dns_query_make(query, text.s, text.len, DNS_A, 0));
	sa_free(&text);
}

TEST(a_reply_fits_its_own_query_only)
{
	unsigned char answer[64];
	slen n = ask("a.example");

	memcpy(answer, query, n);
	want_num(0, dns_reply_fits(query, n, answer, n));
	answer[2] |= 0x80;
	want_num(1, dns_reply_fits(query, n, answer, n));
	answer[13] = 'A';
	want_num(1, dns_reply_fits(query, n, answer, n));
	want_num(0, dns_reply_fits(query, n, answer, n - 1));
	for (slen at = 0; at < n; at++) {
		/* the counts of other sections, flags and RCODE may differ */
		if ((at >= 2 && at < 4) || (at >= 6 && at < 12))
			continue;
		answer[at] ^= 0x10;
		want_case(
			unit_label(at), 0, dns_reply_fits(query, n, answer, n));
		answer[at] ^= 0x10;
	}
}

#define open_reply(literal)                                                    \
	dns_reply_open(                                                        \
		&reply, (const unsigned char *)literal, sizeof(literal) - 1)

TEST(a_server_can_say_no_and_not_now)
{
	want_num(DNS_NONE, open_reply("\0\0\x80\3\0\0\0\0\0\0\0\0"));
	want_num(DNS_NONE, open_reply("\0\0\x80\0\0\0\0\0\0\0\0\0"));
	want_num(DNS_TEMP, open_reply("\0\0\x80\2\0\0\0\0\0\0\0\0"));
	want_num(DNS_TEMP, open_reply("\0\0\x80\5\0\0\0\0\0\0\0\0"));
	want_num(DNS_TEMP, open_reply("\0\0\0\0\0\0\0\0\0\0\0\0"));
	want_num(DNS_TEMP, open_reply("\0\0\x80\0\0\0\0\0\0\0\0"));
	want_num(DNS_TEMP, open_reply(""));
	/* cut before the first record */
	want_num(DNS_TEMP, open_reply("\0\0\x82\0\0\0\0\0\0\0\0\0"));
	/* the question it announces is not there */
	want_num(DNS_TEMP, open_reply("\0\0\x80\0\0\1\0\1\0\0\0\0\1a\0\0\1\0"));
}

#define ANSWER                                                                 \
	"\0\0\x80\0\0\1\0\2\0\0\0\0"                  /* 12 */                 \
	"\1a\7example\0\0\17\0\1"                     /* 12 to 27 */           \
	"\xc0\14\0\17\0\1\0\0\0\0\0\6\0\12\1m\xc0\16" /* 27, data at 39 */     \
	"\xc0\14\0\20\0\3\0\0\0\0\0\1x"               /* another class */

TEST(records_of_the_internet_come_one_by_one)
{
	want_num(DNS_OK, open_reply(ANSWER));
	want_num(1, dns_reply_next(&reply, &record));
	want_num(DNS_MX, record.type);
	want_num(6, record.size);
	want_num(10, dns_reply_short(&reply, record.data));
	want_num(0, dns_reply_name(&reply, record.data + 2, &name));
	want_sa("m.example", &name);
	want_num(0, dns_reply_next(&reply, &record));
	want_num(0, dns_reply_next(&reply, &record));
	sa_free(&name);
}

TEST(a_reply_cut_anywhere_is_broken_and_stays_in_bounds)
{
	static const char whole[] = ANSWER;
	unsigned char part[sizeof whole];

	for (slen n = 0; n < sizeof whole - 1; n++) {
		int r = -1;

		memcpy(part, whole, n);
		if (dns_reply_open(&reply, part, n) == DNS_OK)
			while ((r = dns_reply_next(&reply, &record)) == 1)
				dns_reply_name(&reply, record.data + 2, &name);
		want_case(unit_label(n), -1, r);
	}
	sa_free(&name);
}

TEST(an_answer_marked_as_cut_has_no_sound_end)
{
	char cut[] = ANSWER;

	cut[2] = (char)0x82;
	want_num(DNS_OK,
		dns_reply_open(&reply, (unsigned char *)cut, sizeof cut - 1));
	want_num(1, dns_reply_next(&reply, &record));
	want_num(-1, dns_reply_next(&reply, &record));
}

static int name_at(const char *bytes, slen n, slen at)
{
	reply = (struct dns_reply){
		.bytes = (const unsigned char *)bytes, .n = n};
	return dns_reply_name(&reply, at, &name);
}

TEST(pointers_must_lead_backwards)
{
	want_num(-1, name_at("\xc0\0", 2, 0));
	want_num(-1, name_at("\xc0\2\xc0\0", 4, 0));
	want_num(-1, name_at("\1a\xc0\0", 4, 0));
	want_num(-1, name_at("\1a\xc0\2", 4, 0));
	want_num(-1, name_at("\1a\0\xc0", 4, 3));
	want_num(0, name_at("\1a\0\1b\xc0\0", 7, 3));
	want_sa("b.a", &name);
	/* into the middle of its own run */
	want_num(-1, name_at("\0\1a\1b\xc0\1", 7, 1));
	sa_free(&name);
}

TEST(broken_labels_are_no_names)
{
	want_num(-1, name_at("\100aaaa", 5, 0));
	want_num(-1, name_at("\200aaaa", 5, 0));
	want_num(-1, name_at("\5aaaa", 5, 0));
	want_num(-1, name_at("\1a", 2, 0));
	want_num(-1, name_at("", 0, 0));
	want_num(-1, name_at("\0", 1, 1));
	want_num(0, name_at("\0", 1, 0));
	want_sa("", &name);
	sa_free(&name);
}

TEST(a_name_longer_than_255_bytes_is_none)
{
	char wire[300];
	slen n = 0;

	for (int i = 0; i < 126; i++) {
		wire[n++] = 1;
		wire[n++] = 'x';
	}
	wire[n] = 0;
	want_num(0, name_at(wire, n + 1, 0));
	wire[n++] = 1;
	wire[n++] = 'x';
	wire[n] = 0;
	want_num(0, name_at(wire, n + 1, 0));
	wire[n++] = 1;
	wire[n++] = 'x';
	wire[n] = 0;
	want_num(-1, name_at(wire, n + 1, 0));
	sa_free(&name);
}

TEST(bytes_that_mean_something_are_escaped_in_names)
{
	want_num(0, name_at("\12.\\\"@$();\0\xff\0", 12, 0));
	want_sa("\\.\\\\\\\"\\@\\$\\(\\)\\;\\000\\255", &name);
	want_num(0, name_at("\4 \x7f~!\0", 6, 0));
	want_sa("\\032\\127~!", &name);
	sa_free(&name);
}

TEST(what_is_read_can_be_asked_again)
{
	unsigned char wire[80] = {64 - 1};
	slen n;

	/* every byte, 63 a label */
	for (unsigned first = 0; first < 256; first += 63) {
		for (unsigned i = 0; i < 63; i++)
			wire[1 + i] = (unsigned char)(first + i);
		wire[64] = 0;
		want_num(0, name_at((const char *)wire, 65, 0));
		n = dns_query_make(query, name.s, name.len, DNS_A, 1);
		want_bytes(unit_label(first), wire, 65, query + 12, n - 16);
	}
	sa_free(&name);
}

TEST(a_short_beyond_the_end_is_zero)
{
	reply = (struct dns_reply){
		.bytes = (const unsigned char *)"\1\2\3", .n = 3};
	want_num(0x102, dns_reply_short(&reply, 0));
	want_num(0x203, dns_reply_short(&reply, 1));
	want_num(0, dns_reply_short(&reply, 2));
	want_num(0, dns_reply_short(&reply, SLEN_MAX));
}

/* -- resolv.conf -- */

static struct dns_servers servers;

static void conf(const char *text)
{
	dns_servers_read(&servers, text, (slen)strlen(text));
}

TEST(without_a_server_this_host_is_meant)
{
	conf("");
	want_num(1, servers.count);
	want_str("127.0.0.1", servers.address[0]);
	want_num(5, servers.timeout);
	want_num(2, servers.attempts);
	dns_servers_read(&servers, NULL, 0);
	want_num(1, servers.count);
}

TEST(the_first_three_servers_count)
{
	conf("# c\nnameserver 1.1.1.1\nsearch x\n nameserver\t2.2.2.2 z\r\n"
	     "nameserver ::1\nnameserver 4.4.4.4\nnameserver");
	want_num(3, servers.count);
	want_str("1.1.1.1", servers.address[0]);
	want_str("2.2.2.2", servers.address[1]);
	want_str("::1", servers.address[2]);
}

TEST(a_server_too_long_for_an_address_is_ignored)
{
	char text[200] = "nameserver ";

	memset(text + 11, '1', 64);
	conf(text);
	want_str("127.0.0.1", servers.address[0]);
	text[11 + 63] = 0;
	conf(text);
	want_num(63, strlen(servers.address[0]));
}

TEST(options_are_kept_within_their_limits)
{
	conf("options timeout:3 attempts:4\n");
	want_num(3, servers.timeout);
	want_num(4, servers.attempts);
	conf("options rotate timeout:0 attempts:0\n");
	want_num(1, servers.timeout);
	want_num(1, servers.attempts);
	conf("options timeout:99999999999999999999999 attempts:6\n");
	want_num(30, servers.timeout);
	want_num(5, servers.attempts);
	conf("options timeout: attempts:x xtimeout:9\nnooptions timeout:9\n");
	want_num(5, servers.timeout);
	want_num(2, servers.attempts);
}

TEST(hosts_are_kept_in_order)
{
	struct dns_hosts hosts = {0};
	struct ip_addr ip = {{1, 2, 3, 0}};

	for (unsigned i = 0; i < 100; i++) {
		ip.b[3] = (unsigned char)i;
		dns_hosts_add(&hosts, &ip, i * 2);
	}
	want_num(100, hosts.count);
	for (unsigned i = 0; i < 100; i++) {
		want_num(i, hosts.list[i].ip.b[3]);
		want_num(i * 2, hosts.list[i].preference);
	}
	dns_hosts_free(&hosts);
	want_num(0, hosts.count);
}

TEST(a_name_that_is_an_address_needs_no_server)
{
	struct dns_hosts hosts = {0};

	sa_copys(&name, "[192.0.2.1]");
	want_num(DNS_OK, dns_addresses(&hosts, &name));
	sa_copys(&name, "192.0.2.2");
	want_num(DNS_OK, dns_exchangers(&hosts, &name));
	want_num(2, hosts.count);
	want_num(1, hosts.list[0].ip.b[3]);
	want_num(2, hosts.list[1].ip.b[3]);
	want_num(0, hosts.list[1].preference);
	dns_hosts_free(&hosts);
	sa_free(&name);
}

TEST(an_empty_name_and_a_literal_have_no_other_name)
{
	int changed;

	sa_copys(&name, "[192.0.2.1]");
	want_num(DNS_OK, dns_canonical(&name, &changed));
	want_num(0, changed);
	sa_copys(&name, ".");
	want_num(DNS_OK, dns_canonical(&name, &changed));
	want_num(1, changed);
	want_sa("", &name);
	sa_free(&name);
}
