/* SPDX-License-Identifier: 0BSD */
/* lib/net/dns-edns and lib/net/dns-tcp */
#include "lib/net/dns-edns.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/io/timeout.h"
#include "lib/net/dns-tcp.h"
#include "lib/net/dns-time.h"
#include "harness.h"

static unsigned char query[DNS_QUERY_MAX + DNS_EDNS_SIZE];

static slen ask(void)
{
	return dns_query_make(query, "a.example", 9, DNS_MX, 0x1234);
}

TEST(edns_adds_one_record_behind_the_question)
{
	slen n = ask();
	slen longer = dns_edns_add(query, n);

	want_num(n + 11, longer);
	want_text("\x12\x34\1\0\0\1\0\0\0\0\0\1\1a\7example\0\0\17\0\1"
		  "\0\0\51\4\320\0\0\0\0\0\0",
		query, longer);
}

TEST(edns_fits_behind_the_longest_name)
{
	char name[254];

	memset(name, 'x', sizeof name);
	name[63] = name[127] = name[191] = '.';
	want_num(DNS_QUERY_MAX,
		dns_query_make(query, name, 253, DNS_MX, 0x1234));
	want_num(sizeof query, dns_edns_add(query, DNS_QUERY_MAX));
}

static int refused(const char *reply, size_t n)
{
	unsigned char copy[200];

	memcpy(copy, reply, n);
	return dns_edns_refused(query, ask(), copy, (slen)n);
}

#define QUESTION "\1a\7example\0\0\17\0\1"
#define REFUSED(text) refused(text, sizeof(text) - 1)

TEST(a_complaint_is_known_with_and_without_the_question)
{
	want_num(1, REFUSED("\x12\x34\x81\x81\0\1\0\0\0\0\0\0" QUESTION));
	want_num(1, REFUSED("\x12\x34\x81\x84\0\1\0\0\0\0\0\0" QUESTION));
	want_num(1, REFUSED("\x12\x34\x81\x81\0\0\0\0\0\0\0\0"));
	/* no such name, server failure, refused: they say something else */
	want_num(0, REFUSED("\x12\x34\x81\x83\0\1\0\0\0\0\0\0" QUESTION));
	want_num(0, REFUSED("\x12\x34\x81\x82\0\1\0\0\0\0\0\0" QUESTION));
	want_num(0, REFUSED("\x12\x34\x81\x85\0\1\0\0\0\0\0\0" QUESTION));
	/* another number; a query; less than a header */
	want_num(0, REFUSED("\x12\x35\x81\x81\0\0\0\0\0\0\0\0"));
	want_num(0, REFUSED("\x12\x34\x01\x81\0\0\0\0\0\0\0\0"));
	want_num(0, REFUSED("\x12\x34\x81\x81\0\0\0\0\0\0\0"));
	want_num(0, REFUSED(""));
}

#define BAD_VERSION "\0\0\51\4\320\1\0\0\0\0\0"
#define RECORD "\xc0\14\0\17\0\1\0\0\0\0\0\6\0\12\1m\xc0\16"

TEST(the_code_in_the_opt_record_counts_wherever_it_stands)
{
	want_num(1, REFUSED("\x12\x34\x81\x80\0\1\0\0\0\0\0\1" QUESTION
			BAD_VERSION));
	want_num(1, REFUSED("\x12\x34\x81\x80\0\1\0\1\0\1\0\1" QUESTION RECORD
			RECORD BAD_VERSION));
	want_num(0, REFUSED("\x12\x34\x81\x80\0\1\0\1\0\0\0\1" QUESTION RECORD
			"\0\0\51\4\320\0\0\0\0\0\0"));
	want_num(0, REFUSED("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION
			RECORD));
	/* to another question */
	want_num(0, REFUSED("\x12\x34\x81\x80\0\1\0\0\0\0\0\1"
			"\1b\7example\0\0\17\0\1" BAD_VERSION));
}

TEST(a_reply_cut_anywhere_tells_no_code)
{
	static const char whole[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\1" QUESTION
		RECORD BAD_VERSION;

	for (size_t n = 0; n < sizeof whole - 1; n++)
		want_case(unit_label((unsigned)n), 0, refused(whole, n));
	want_num(1, refused(whole, sizeof whole - 1));
}

TEST(a_cut_reply_is_wanted_by_tcp)
{
	want_num(1, dns_tcp_wanted((const unsigned char *)"\0\0\x82", 3));
	want_num(0, dns_tcp_wanted((const unsigned char *)"\0\0\x80", 3));
	want_num(0, dns_tcp_wanted((const unsigned char *)"\0\0", 2));
	want_num(0, dns_tcp_wanted(NULL, 0));
}

/* -- time -- */

TEST(without_a_limit_all_the_seconds_are_left)
{
	dns_time_limit(0);
	want_num(0, dns_time_over());
	want_num(5, dns_time_cut(5));
}

TEST(what_is_left_of_the_limit_is_rounded_up_until_it_is_over)
{
	dns_time_limit(2);
	want_num(2, dns_time_cut(5));
	want_num(1, dns_time_cut(1));
	dns_time_limit(1);
	/* nobody writes to descriptor -1 */
	want_num(0, dns_time_wait(-1, dns_time() + 500));
	want_num(1, dns_time_cut(5));
	want_num(0, dns_time_over());
	want_num(0, dns_time_wait(-1, dns_time() + 600));
	want_num(0, dns_time_cut(5));
	want_num(1, dns_time_over());
	dns_time_limit(0);
	want_num(0, dns_time_over());
}

TEST(what_can_be_read_ends_the_wait_and_the_past_never_waits)
{
	int ends[2];

	want_num(0, pipe(ends));
	want_num(0, dns_time_wait(ends[0], dns_time() + 10));
	want_num(1, write(ends[1], "x", 1));
	want_num(1, dns_time_wait(ends[0], dns_time() + 60000));
	want_num(0, dns_time_wait(ends[0], dns_time()));
	close(ends[0]);
	close(ends[1]);
}

/* -- by TCP -- */

static unsigned char answer[DNS_ANSWER_MAX];

/* Asks a server that says this and hangs up (or stays). */
static slen exchange(const void *says, size_t n, int stays)
{
	int ends[2];
	slen got;
	unsigned char seen[64];

	want_num(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	want_num(0, fcntl(ends[0], F_SETFL, O_NONBLOCK));
	want_num(n, n ? write(ends[1], says, n) : 0);
	if (!stays)
		shutdown(ends[1], SHUT_WR);
	got = dns_tcp_exchange(ends[0], query, ask(), answer, 1);
	want_num(29, recv(ends[1], seen, sizeof seen, 0));
	want_text("\0\33", seen, 2);
	want_bytes(0, query, 27, seen + 2, 27);
	close(ends[0]);
	close(ends[1]);
	return got;
}

#define REPLY "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION RECORD

TEST(an_answer_comes_with_its_length)
{
	static const char good[] = "\0\55" REPLY;

	want_num(45, sizeof REPLY - 1);
	want_num(45, exchange(good, sizeof good - 1, 0));
	want_bytes(0, REPLY, 45, answer, 45);
	/* what follows belongs to nobody */
	want_num(45, exchange("\0\55" REPLY "more", sizeof good + 3, 1));
}

TEST(an_answer_that_is_not_whole_or_to_something_else_is_none)
{
	static const char good[] = "\0\55" REPLY;

	for (size_t n = 0; n < sizeof good - 1; n++)
		want_case(unit_label((unsigned)n), 0, exchange(good, n, 0));
	want_num(0, exchange("\0\0", 2, 0));
	want_num(0, exchange("\0\14" REPLY, 14, 0));
	want_num(0, exchange("\0\55\x12\x33\x81\x80\0\1\0\1\0\0\0\0" QUESTION
			RECORD, 47, 0));
	want_num(0, exchange("\0\55\x12\x34\x01\x80\0\1\0\1\0\0\0\0" QUESTION
			RECORD, 47, 0));
}

TEST(a_server_that_stops_in_the_middle_is_left_when_time_is_up)
{
	long began = timeout_clock();

	want_num(0, exchange("\0\55" REPLY, 20, 1));
	want_num(1, timeout_clock() - began < 30);
}

TEST(a_server_that_is_gone_raises_no_signal)
{
	int ends[2];

	want_num(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	close(ends[1]);
	want_num(0, dns_tcp_exchange(ends[0], query, ask(), answer, 1));
	close(ends[0]);
}
