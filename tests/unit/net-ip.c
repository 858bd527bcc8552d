/* SPDX-License-Identifier: 0BSD */
/* lib/net/ip, ipme and ident (what they make of text) */
#include "lib/net/ip.h"

#include "lib/net/ident.h"
#include "lib/net/ipme.h"
#include "harness.h"

TEST(addresses_are_written_as_dotted_decimal)
{
	struct ip_addr ip = {{0, 0, 0, 0}};
	char out[IP_FMT];

	want_text("0.0.0.0", out, ip_fmt(out, &ip));
	ip = (struct ip_addr){{255, 255, 255, 255}};
	want_text("255.255.255.255", out, ip_fmt(out, &ip));
	ip = (struct ip_addr){{10, 0, 200, 9}};
	want_text("10.0.200.9", out, ip_fmt(out, &ip));
}

TEST(addresses_are_read_from_the_front)
{
	static const struct {
		const char *text;
		slen taken;
		unsigned char b[4];
	} cases[] = {{"1.2.3.4", 7, {1, 2, 3, 4}},
		{"1.2.3.4x", 7, {1, 2, 3, 4}}, {"1.2.3.4.5", 7, {1, 2, 3, 4}},
		{"255.255.255.255", 15, {255, 255, 255, 255}},
		{"001.2.3.4", 9, {1, 2, 3, 4}},
		{"256.257.3.511", 13, {0, 1, 3, 255}}, {"", 0, {0}},
		{"1", 0, {0}}, {"1.2.3", 0, {0}}, {"1.2.3.", 0, {0}},
		{".1.2.3", 0, {0}}, {"1..2.3", 0, {0}}, {"a.b.c.d", 0, {0}},
		{" 1.2.3.4", 0, {0}}, {"-1.2.3.4", 0, {0}},
		{"1.2.3.x", 0, {0}}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip_addr ip = {{0, 0, 0, 0}};

		want_case(cases[i].text, cases[i].taken,
			ip_scan(cases[i].text, &ip));
		want_bytes(cases[i].text, cases[i].b, 4, ip.b, 4);
	}
}

TEST(brackets_count_and_must_both_be_there)
{
	static const struct {
		const char *text;
		slen taken;
	} cases[] = {{"[1.2.3.4]", 9}, {"[1.2.3.4]x", 9}, {"[1.2.3.4", 0},
		{"1.2.3.4]", 0}, {"[1.2.3.4 ]", 0}, {"[]", 0}, {"[", 0},
		{"", 0}, {"[1.2.3]", 0}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip_addr ip = {{9, 9, 9, 9}};

		want_case(cases[i].text, cases[i].taken,
			ip_scan_bracketed(cases[i].text, &ip));
		want_case(cases[i].text, cases[i].taken ? 1 : 9, ip.b[0]);
	}
}

TEST(this_host_knows_its_own_addresses)
{
	struct ip_addr other = {{192, 0, 2, 77}};

	want_num(0, ipme_has(&other));
}

TEST(an_ident_reply_names_a_user_behind_three_colons)
{
	static const struct {
		const char *reply, *user;
	} cases[] = {{"6193, 23 : USERID : UNIX : stjohns\r\n", "stjohns"},
		{"1,2:USERID:OTHER:a:b\n", "a:b"}, {"1,2:USERID:UNIX:x", "x"},
		{"1,2:USERID:UNIX:", ""}, {"1,2:USERID:UNIX", ""}, {"", ""},
		{":::", ""}, {":::u", "u"}, {"\n:::u", ""}, {"1:2\n3:4:u", ""},
		{"::: a b\tc\x7f\x01\n", "abc"}, {":::\xe4", "\xe4"}};
	struct stralloc user = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		sa_copys(&user, "before");
		ident_parse(
			&user, cases[i].reply, (slen)strlen(cases[i].reply));
		want_case_str(cases[i].reply, cases[i].user, sa_cstr(&user));
	}
	ident_parse(&user, ":::a\0b", 6);
	want_sa("ab", &user);
	sa_free(&user);
}
