/* SPDX-License-Identifier: 0BSD */
/* lib/net: addresses, DNS messages, ident replies, connections. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net/connect.h"
#include "lib/net/dns-send.h"
#include "lib/net/dns-wire.h"
#include "lib/net/ident.h"
#include "lib/net/ip.h"
#include "lib/net/ipme.h"

static void addresses_become_text_and_back(void **state)
{
	static const struct {
		const char *text;
		slen taken;
		unsigned char b[4];
	} cases[] = {
		{"1.2.3.4", 7, {1, 2, 3, 4}},
		{"255.255.255.255x", 15, {255, 255, 255, 255}},
		{"0.0.0.0", 7, {0, 0, 0, 0}},
		{"256.1.2.3", 9, {0, 1, 2, 3}},
		{"1.2.3", 0, {0}},
		{"", 0, {0}},
		{"a.b.c.d", 0, {0}},
		{"1.2.3.", 0, {0}},
		{".1.2.3.4", 0, {0}},
		{"1..2.3", 0, {0}},
		{"1.2.3.4.5", 7, {1, 2, 3, 4}},
	};
	struct ip_addr ip;
	char text[IP_FMT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ip_scan(cases[i].text, &ip), cases[i].taken);
		if (cases[i].taken)
			assert_memory_equal(ip.b, cases[i].b, 4);
	}
	assert_int_equal(ip_scan_bracketed("[10.0.0.1]x", &ip), 10);
	assert_int_equal(ip_scan_bracketed("10.0.0.1", &ip), 0);
	assert_int_equal(ip_scan_bracketed("[10.0.0.1", &ip), 0);
	assert_int_equal(ip_scan_bracketed("[]", &ip), 0);
	text[ip_fmt(text, &(struct ip_addr){{255, 0, 10, 200}})] = 0;
	assert_string_equal(text, "255.0.10.200");
}

static void this_hosts_addresses_are_known(void **state)
{
	(void)state;
	assert_int_equal(ipme_has(&(struct ip_addr){{127, 0, 0, 1}}), 1);
	assert_int_equal(ipme_has(&(struct ip_addr){{192, 0, 2, 1}}), 0);
}

static void a_query_holds_its_name_in_labels(void **state)
{
	unsigned char query[DNS_QUERY_MAX];
	static const unsigned char want[] =
		"\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\3b-c\0\0\17\0\1";
	char label[300];

	(void)state;
	assert_int_equal(dns_query_make(query, "a.b-c", 5, DNS_MX, 0x1234),
		sizeof want - 1);
	assert_memory_equal(query, want, sizeof want - 1);
	assert_int_equal(dns_query_make(query, "a.b-c.", 6, DNS_MX, 0x1234),
		sizeof want - 1);
	assert_int_equal(dns_query_make(query, "a..b", 4, DNS_A, 1), 0);
	assert_int_equal(dns_query_make(query, ".a", 2, DNS_A, 1), 0);
	memset(label, 'x', sizeof label);
	assert_true(dns_query_make(query, label, 63, DNS_A, 1) > 0);
	assert_int_equal(dns_query_make(query, label, 64, DNS_A, 1), 0);
	for (size_t i = 50; i < sizeof label; i += 51)
		label[i] = '.';
	assert_int_equal(dns_query_make(query, label, 254, DNS_A, 1), 0);
	assert_true(dns_query_make(query, label, 250, DNS_A, 1) > 0);
}

/* A reply to a query for "a" with one MX record; its exchanger's name points back to
 * the question. */
static const unsigned char reply_mx[] =
	"\0\1\x81\x80\0\1\0\1\0\0\0\0"
	"\1a\0\0\17\0\1"
	"\xc0\x0c\0\17\0\1\0\0\0\1\0\6\0\5\1m\xc0\x0c";

static void a_reply_is_read_record_by_record(void **state)
{
	unsigned char query[DNS_QUERY_MAX];
	slen n = dns_query_make(query, "A", 1, DNS_MX, 1);
	struct dns_reply reply;
	struct dns_record record;
	struct stralloc name = {0};

	(void)state;
	assert_true(dns_reply_fits(query, n, reply_mx, sizeof reply_mx - 1));
	assert_int_equal(
		dns_reply_open(&reply, reply_mx, sizeof reply_mx - 1), DNS_OK);
	assert_int_equal(dns_reply_next(&reply, &record), 1);
	assert_int_equal(record.type, DNS_MX);
	assert_int_equal(dns_reply_short(&reply, record.data), 5);
	assert_int_equal(dns_reply_name(&reply, record.data + 2, &name), 0);
	assert_text(&name, "m.a");
	assert_int_equal(dns_reply_next(&reply, &record), 0);
	assert_int_equal(dns_reply_short(&reply, 60000), 0);
	assert_int_equal(dns_reply_name(&reply, 60000, &name), -1);
	query[1] = 2;
	assert_false(dns_reply_fits(query, n, reply_mx, sizeof reply_mx - 1));
	sa_free(&name);
}

static void a_reply_that_is_cut_or_wrong_is_no_reply(void **state)
{
	unsigned char bytes[sizeof reply_mx];
	struct dns_reply reply;
	struct dns_record record;
	struct stralloc name = {0};

	(void)state;
	for (slen n = 0; n < sizeof reply_mx - 1; n++) {
		unsigned char *exact = malloc(n ? n : 1);

		memcpy(exact, reply_mx, n);
		if (dns_reply_open(&reply, exact, n) == DNS_OK)
			while (dns_reply_next(&reply, &record) == 1)
				dns_reply_name(&reply, record.data + 2, &name);
		free(exact);
	}
	memcpy(bytes, reply_mx, sizeof bytes);
	bytes[3] = 0x83;
	assert_int_equal(
		dns_reply_open(&reply, bytes, sizeof bytes - 1), DNS_NONE);
	bytes[3] = 0x82;
	assert_int_equal(
		dns_reply_open(&reply, bytes, sizeof bytes - 1), DNS_TEMP);
	bytes[3] = 0x80;
	bytes[7] = 0;
	assert_int_equal(
		dns_reply_open(&reply, bytes, sizeof bytes - 1), DNS_NONE);
	/* A pointer to itself. */
	memcpy(bytes, reply_mx, sizeof bytes);
	bytes[sizeof bytes - 2] = sizeof bytes - 3;
	assert_int_equal(
		dns_reply_open(&reply, bytes, sizeof bytes - 1), DNS_OK);
	assert_int_equal(dns_reply_next(&reply, &record), 1);
	assert_int_equal(dns_reply_name(&reply, record.data + 2, &name), -1);
	sa_free(&name);
}

static void resolv_conf_names_servers_and_limits(void **state)
{
	static const char text[] =
		"# c\nnameserver 192.0.2.1\nsearch x\n nameserver\n"
		"nameserver 192.0.2.2\noptions timeout:7 attempts:3 rotate\n";
	struct dns_servers servers = {0};

	(void)state;
	dns_servers_read(&servers, text, sizeof text - 1);
	assert_int_equal(servers.count, 2);
	assert_string_equal(servers.address[0], "192.0.2.1");
	assert_string_equal(servers.address[1], "192.0.2.2");
	assert_int_equal(servers.timeout, 7);
	assert_int_equal(servers.attempts, 3);
	dns_servers_read(&servers, "", 0);
	assert_int_equal(servers.count, 1);
	assert_string_equal(servers.address[0], "127.0.0.1");
}

static void an_ident_reply_names_a_user_or_nobody(void **state)
{
	static const char *const cases[][2] = {
		{"1 , 2 : USERID : UNIX : joe\r\n", "joe"},
		{"1,2:USERID:UNIX:a b\r\n", "ab"},
		{"1 , 2 : ERROR : NO-USER\r\n", ""},
		{"junk\r\n", ""},
		{"", ""},
		{"1,2:USERID:UNIX:a\x01\x7f"
		 "b\r\n",
			"ab"},
	};
	struct stralloc user = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases) - 1; i++) {
		ident_parse(&user, cases[i][0], (slen)strlen(cases[i][0]));
		assert_text(&user, cases[i][1]);
	}
	sa_free(&user);
}

static void connecting_tells_success_refusal_and_both_ends(void **state)
{
	struct sockaddr_in self = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof self;
	struct ip_addr here = {{127, 0, 0, 1}};
	struct ip_addr seen;
	unsigned port;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd;

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&self, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *)&self, &size), 0);
	fd = net_connect(NULL, &here, ntohs(self.sin_port), 5);
	assert_true(fd >= 0);
	assert_int_equal(net_remote_end(fd, &seen, &port), 0);
	assert_memory_equal(seen.b, here.b, 4);
	assert_int_equal(port, ntohs(self.sin_port));
	assert_int_equal(net_local_end(fd, &seen, &port), 0);
	close(fd);
	close(listener);
	assert_int_equal(net_connect(NULL, &here, ntohs(self.sin_port), 5), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(net_remote_end(0, &seen, &port), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_become_text_and_back),
		cmocka_unit_test(this_hosts_addresses_are_known),
		cmocka_unit_test(a_query_holds_its_name_in_labels),
		cmocka_unit_test(a_reply_is_read_record_by_record),
		cmocka_unit_test(a_reply_that_is_cut_or_wrong_is_no_reply),
		cmocka_unit_test(resolv_conf_names_servers_and_limits),
		cmocka_unit_test(an_ident_reply_names_a_user_or_nobody),
		cmocka_unit_test(
			connecting_tells_success_refusal_and_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
