/* SPDX-License-Identifier: 0BSD */
/* remote/route, remote/reply, remote/report, remote/verdict, remote/tcpto */
#include <errno.h>
#include <unistd.h>

#include "remote/reply.h"
#include "remote/report.h"
#include "remote/route.h"
#include "remote/tcpto.h"
#include "remote/verdict.h"
#include "harness.h"

/* -- routes -- */

TEST(the_closest_route_applies)
{
	static const char lines[] =
		"exact.example:relay1\0.example:relay2:2525\0"
		".sub.example:\0bad:h:x\0big:h:65561\0colon:\0nohost::26\0";
	static const struct {
		const char *host;
		int relay;
		const char *to;
		unsigned port;
	} cases[] = {{"exact.example", 1, "relay1", 25},
		{"EXACT.example", 1, "relay1", 25},
		{"a.exact.example", 1, "relay2", 2525},
		{"other.example", 1, "relay2", 2525},
		{"example", 0, "example", 25},
		{"a.sub.example", 0, "a.sub.example", 25},
		{"none", 0, "none", 25}, {"", 0, "", 25}, {"bad", 1, "h", 0},
		{"big", 1, "h", 25}, {"colon", 0, "colon", 25},
		{"nohost", 1, "", 26}};
	struct stralloc list = {0};
	struct constmap routes = {0};
	struct route route = {0};

	sa_copyb(&list, lines, sizeof lines - 1);
	constmap_make(&routes, &list, CONSTMAP_PAIRS);
	for (size_t i = 0; i < COUNT(cases); i++) {
		route_find(&route, &routes, cases[i].host);
		want_case(cases[i].host, cases[i].relay, route.relay);
		want_case_str(cases[i].host, cases[i].to, sa_cstr(&route.host));
		want_case(cases[i].host, cases[i].port, route.port);
	}
	constmap_free(&routes);
	sa_copyb(&list, ":all:99\0", 8);
	constmap_make(&routes, &list, CONSTMAP_PAIRS);
	route_find(&route, &routes, "any.host");
	want_sa("all", &route.host);
	want_num(99, route.port);
	constmap_free(&routes);
	sa_free(&list);
	sa_free(&route.host);
}

/* -- replies -- */

static struct remote_reply reply;

static int read_reply(const char *text, size_t n, size_t step)
{
	struct inbuf in;

	unit_feed_start(&in, text, n, step);
	return remote_reply_read(&in, &reply);
}

TEST(a_reply_ends_with_the_line_that_has_no_hyphen)
{
	static const struct {
		const char *sent;
		int whole;
		unsigned long code;
		const char *text;
	} cases[] = {{"250 ok\r\n", 1, 250, "250 ok\n"},
		{"250 ok\n", 1, 250, "250 ok\n"},
		{"220-a\r\n220-b\r\n220 c\r\n221 next\r\n", 1, 220,
			"220-a\n220-b\n220 c\n"},
		{"250-a\r\n550 b\r\n", 1, 250, "250-a\n550 b\n"},
		{"250\r\n", 1, 250, "250\n"}, {"000 x\n", 1, 0, "000 x\n"},
		{"250-a\r\n", 0, 0, ""}, {"25", 0, 0, ""}, {"", 0, 0, ""},
		{"250 ok", 0, 0, ""}, {"250-a\r\n25", 0, 0, ""},
		{"2\r50 x\r\n", 1, 2 * 100 + ('\r' - '0') * 10 + 5, "250 x\n"}};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 20; step += 4) {
			want_case(cases[i].sent, cases[i].whole,
				read_reply(cases[i].sent, strlen(cases[i].sent),
					step));
			if (!cases[i].whole)
				continue;
			want_case(cases[i].sent, cases[i].code, reply.code);
			want_case_str(cases[i].sent, cases[i].text,
				sa_cstr(&reply.text));
		}
	sa_free(&reply.text);
}

TEST(garbage_is_a_refusal)
{
	static const char *const lines[] = {
		"HTTP/1.1\r\n", "abc\n", "\xff\xff\xff x\n", "   \n", "///\n"};

	for (size_t i = 0; i < COUNT(lines); i++) {
		want_case(
			lines[i], 1, read_reply(lines[i], strlen(lines[i]), 9));
		assert_true(reply.code >= 500);
	}
	sa_free(&reply.text);
}

TEST(text_beyond_5000_bytes_is_dropped)
{
	static char large[20000];

	memset(large, 'x', sizeof large);
	memcpy(large, "550 ", 4);
	memcpy(large + sizeof large - 2, "\r\n", 2);
	want_num(1, read_reply(large, sizeof large, 1000));
	want_num(550, reply.code);
	want_num(REMOTE_REPLY_MAX, reply.text.len);
	want_num(5000, REMOTE_REPLY_MAX);
	sa_free(&reply.text);
}

/* -- reports and verdicts -- */

TEST(pieces_end_with_a_nul_and_quote_without_nuls)
{
	struct stralloc said = {0};
	struct outbuf out;

	sink_start(&out);
	sa_copyb(&said, "550 a\0b\n", 8);
	report_put(&out, 'r', NULL);
	report_put(&out, 'K', "one", "two", NULL);
	report_quoting(&out, &said, 'h', "host", " no.\n", NULL);
	outbuf_flush(&out);
	want_sa("r\0Konetwo\0hhost no.\nRemote host said: 550 a?b\n\0", &sink);
	sa_free(&said);
}

TEST(text_of_others_is_made_safe)
{
	struct stralloc text = {0};

	sa_copyb(&text, "a b\n\0\x7f\xe4~!", 9);
	want_str("a?b????~!", report_safe(&text));
	sa_free(&text);
}

#define verdict(status, literal)                                               \
	verdict_of(status, literal, sizeof(literal) - 1)
static const char *verdict_of(int status, const char *text, size_t n)
{
	struct outbuf out;

	sink_start(&out);
	verdict_put(&out, status, text, (slen)n);
	outbuf_flush(&out);
	return sa_cstr(&sink);
}

TEST(the_verdict_joins_recipient_and_message)
{
	want_str("Kok\n", verdict(0, "r\0Kok\n\0"));
	want_str("Dno\n", verdict(0, "hno\n\0Kok\n\0"));
	want_str("Zlater\n", verdict(0, "slater\n\0Kok\n\0"));
	want_str("Zlater\nbye\n", verdict(0, "slater\n\0Zbye\n\0"));
	want_str("Dno\nnever\n", verdict(0, "hno\n\0Dnever\n\0"));
	want_str("Dno\n", verdict(0, "hno\n\0Zlater\n\0"));
	want_str("Zx\n", verdict(0, "Zx\n\0"));
	want_str("Dx\n", verdict(0, "Dx\n\0"));
	want_str("Znow\n", verdict(0, "r\0Znow\n\0"));
}

TEST(without_a_word_on_the_message_it_failed)
{
	want_str("D", verdict(0, "r\0"));
	want_str("D", verdict(0, "garbage"));
	want_str("Z", verdict(0, "s"));
	want_str("Dgarbage", verdict(0, "xgarbage\0"));
	/* the last piece is not whole */
	want_num('D', *verdict(0, "r\0Kok"));
}

TEST(a_program_that_failed_is_told_by_its_exit)
{
	want_str("Zqmail-remote produced no output.\n", verdict(0, ""));
	want_str("Zqmail-remote crashed.\n", verdict(11, "r\0Kok\n\0"));
	want_str("ZUnable to run qmail-remote.\n", verdict(111 << 8, ""));
	want_str("DUnable to run qmail-remote.\n",
		verdict(100 << 8, "r\0Kok\n\0"));
}

/* -- hosts that time out -- */

static const struct ip_addr host = {{10, 1, 2, 3}};

static void begin_tcpto(void)
{
	static const char zeros[TCPTO_SIZE];

	scratch_enter();
	scratch_write("queue/lock/tcpto", zeros, sizeof zeros);
	fixed_time = 1000000000;
}

static struct tcpto_record record_at(int place)
{
	unsigned char table[TCPTO_SIZE];
	struct tcpto_record record = {{{0}}, 0, 0};

	want_num(TCPTO_RECORDS, tcpto_load(table));
	tcpto_unpack(&record, table + place * TCPTO_RECORD);
	return record;
}

TEST(the_file_has_64_records_of_16_bytes)
{
	struct tcpto_record record;

	want_num(1024, TCPTO_SIZE);
	tcpto_unpack(&record,
		(const unsigned char
				*)"\1\2\3\4\5\xff\xff\xff\x78\x56\x34\x92\0\0\0\0");
	want_text("\1\2\3\4", record.ip.b, 4);
	want_num(5, record.timeouts);
	want_num(0x92345678, record.when);
	tcpto_unpack(&record,
		(const unsigned char *)"\1\2\3\4\xff\0\0\0\0\0\0\0\0\0\0\0");
	want_num(-1, record.timeouts);
}

TEST(two_timeouts_two_minutes_apart_make_a_host_avoided_for_an_hour)
{
	long pause = (60 + getpid() % 32) * 64L;

	begin_tcpto();
	tcpto_note(&host, 1);
	want_num(1, record_at(0).timeouts);
	want_num(1000000000, record_at(0).when);
	want_num(0, tcpto_avoid(&host));
	fixed_time += 119;
	tcpto_note(&host, 1);
	want_num(1, record_at(0).timeouts);
	fixed_time += 1;
	tcpto_note(&host, 1);
	want_num(2, record_at(0).timeouts);
	want_num(1, tcpto_avoid(&host));
	fixed_time += pause - 1;
	want_num(1, tcpto_avoid(&host));
	fixed_time += 1;
	want_num(0, tcpto_avoid(&host));
	fixed_time = 0;
}

TEST(a_connection_makes_everything_forgotten)
{
	struct ip_addr other = {{10, 9, 9, 9}};

	begin_tcpto();
	tcpto_note(&host, 1);
	fixed_time += 200;
	tcpto_note(&host, 1);
	tcpto_note(&other, 0);
	want_num(0, record_at(1).timeouts);
	want_num(1, tcpto_avoid(&host));
	want_num(0, tcpto_avoid(&other));
	tcpto_note(&host, 0);
	want_num(0, tcpto_avoid(&host));
	want_num(0, record_at(0).timeouts);
	fixed_time = 0;
}

TEST(ten_timeouts_are_the_most)
{
	begin_tcpto();
	for (int i = 0; i < 15; i++) {
		tcpto_note(&host, 1);
		fixed_time += 1000;
	}
	want_num(10, record_at(0).timeouts);
	fixed_time = 0;
}

TEST(a_full_table_gives_up_its_stalest_record)
{
	struct ip_addr ip = {{10, 2, 0, 0}};

	begin_tcpto();
	for (int i = 0; i < TCPTO_RECORDS; i++) {
		ip.b[3] = (unsigned char)i;
		/* the 30th is the oldest */
		fixed_time = 1000000000 + (i == 30 ? 0 : 1000 + i);
		tcpto_note(&ip, 1);
	}
	fixed_time = 1000002000;
	tcpto_note(&host, 1);
	want_bytes(NULL, host.b, 4, record_at(30).ip.b, 4);
	want_num(29, record_at(29).ip.b[3]);
	fixed_time = 0;
}

TEST(a_timeout_more_makes_a_record_worth_1024_seconds_more)
{
	unsigned char table[TCPTO_SIZE] = {0};

	begin_tcpto();
	for (int i = 0; i < TCPTO_RECORDS; i++) {
		table[i * 16 + 3] = (unsigned char)i;
		table[i * 16 + 4] = 2;
		table[i * 16 + 9] = 4 * 9; /* 9216 seconds */
	}
	/* one timeout less, 1023 seconds later: still the stalest */
	table[7 * 16 + 4] = 1;
	table[7 * 16 + 9] = 4 * 10 - 1;
	table[7 * 16 + 8] = 255;
	scratch_write("queue/lock/tcpto", (char *)table, sizeof table);
	tcpto_note(&host, 1);
	want_bytes(NULL, host.b, 4, record_at(7).ip.b, 4);
	fixed_time = 0;
}

TEST(trouble_with_the_file_avoids_nobody)
{
	unsigned char table[TCPTO_SIZE];

	scratch_enter();
	want_num(0, tcpto_avoid(&host));
	tcpto_note(&host, 1);
	want_num(-1, access("queue", F_OK));
	want_num(-1, tcpto_load(table));
	want_num(ENOENT, errno);
	want_num(-1, tcpto_forget());
	scratch_file("queue/lock/tcpto", "short");
	want_num(0, tcpto_load(table));
	want_num(0, tcpto_avoid(&host));
	tcpto_note(&host, 1);
	want_num(0, tcpto_load(table));
}

TEST(forgetting_fills_the_file_with_zeros)
{
	begin_tcpto();
	tcpto_note(&host, 1);
	want_num(0, tcpto_forget());
	want_num(0, record_at(0).timeouts);
	want_num(0, record_at(0).ip.b[0]);
	scratch_file("queue/lock/tcpto", "");
	want_num(0, tcpto_forget());
	want_num(0, record_at(63).timeouts);
	fixed_time = 0;
}
