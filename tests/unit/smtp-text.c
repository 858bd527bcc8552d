/* SPDX-License-Identifier: 0BSD */
/* smtp/address, smtp/body, smtp/hops */
#include "smtp/address.h"
#include "smtp/body.h"
#include "smtp/hops.h"
#include "harness.h"

static struct stralloc addr;

TEST(addresses_are_taken_out_of_what_surrounds_them)
{
	static const struct {
		const char *arg, *address;
	} cases[] = {{"FROM:<a@b>", "a@b"}, {"FROM:<a@b> SIZE=1", "a@b"},
		{"FROM: <a@b>", "a@b"}, {"FROM:a@b", "a@b"},
		{"FROM:  a@b x", "a@b"}, {"FROM:<>", ""}, {"FROM:", ""},
		{"FROM", ""}, {"", ""}, {"FROM:<a@b", "a@b"}, {"<", ""},
		{":", ""}, {"<@r,@s:a@b>", "a@b"}, {"<@r:a:b@c>", "a:b@c"},
		{"<@r>", ""}, {"TO:@r:a@b", "a@b"}, {"<\"a b\"@c>", "a b@c"},
		{"<\"a>b\"@c>", "a>b@c"}, {"<a\\>b@c>", "a>b@c"},
		{"<\"a\\\"b\"@c>", "a\"b@c"}, {"<a\\", "a"}, {"<\\", ""},
		{"<\"a", "a"}, {"<a b>", "a b"}, {"x<y>z<w>", "y"},
		{"TO:a\"b c\"d e", "ab cd"}, {"<a@b>>", "a@b"},
		{"TO:\ta", "\ta"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		sa_copys(&addr, "before");
		smtp_address_parse(&addr, cases[i].arg);
		want_case_str(cases[i].arg, cases[i].address, sa_cstr(&addr));
	}
	sa_free(&addr);
}

TEST(only_this_hosts_own_bracketed_address_is_replaced)
{
	static const char *const kept[] = {"", "a", "a@", "a@b",
		"a@[192.0.2.77]", "a@[192.0.2.77", "a@192.0.2.77",
		"a@[127.0.0.1]x", "a@[127.0.0]", "[127.0.0.1]@b", "a@[]"};
	struct stralloc name = {0};

	sa_copys(&name, "me.example");
	for (size_t i = 0; i < COUNT(kept); i++) {
		sa_copys(&addr, kept[i]);
		want_case(kept[i], 0, smtp_address_localize(&addr, &name));
		want_case_str(kept[i], kept[i], sa_cstr(&addr));
	}
	sa_free(&name);
	sa_free(&addr);
}

/* -- the body -- */

static struct stralloc decoded;

static void collect(void *to, const char *from, size_t n)
{
	want_num((long long)(intptr_t)&decoded, (long long)(intptr_t)to);
	assert_true(n > 0);
	sa_catb(&decoded, from, (slen)n);
}

static const struct {
	const char *sent, *text;
	enum smtp_body_state state;
	size_t left; /* bytes behind the end, not taken */
} bodies[] = {
	{".\r\n", "", BODY_END, 0},
	{"\r\n.\r\n", "\n", BODY_END, 0},
	{"a\r\n.\r\nQUIT\r\n", "a\n", BODY_END, 6},
	{"a\r\n..\r\n.\r\n", "a\n.\n", BODY_END, 0},
	{"a\r\n.b\r\n.\r\n", "a\nb\n", BODY_END, 0},
	{"..\r\n...\r\n.\r\n", ".\n..\n", BODY_END, 0},
	{"a.b\r\n.\r\n", "a.b\n", BODY_END, 0},
	{"a\rb\r\n.\r\n", "a\rb\n", BODY_END, 0},
	{"a\r\r\n.\r\n", "a\r\n", BODY_END, 0},
	{"\r\r\r\n.\r\n", "\r\r\n", BODY_END, 0},
	{".\rb\r\n.\r\n", ".\rb\n", BODY_END, 0},
	{"..\rb\r\n.\r\n", ".\rb\n", BODY_END, 0},
	{".\r\r\n.\r\n", ".\r\n", BODY_END, 0},
	{"\r.\r\n.\r\n", "\r.\n", BODY_END, 0},
	/* no form of a line end but CR LF */
	{"a\n", "a", BODY_BARE_LF, 1},
	{"\n", "", BODY_BARE_LF, 1},
	{"a\r\n\n", "a\n", BODY_BARE_LF, 1},
	{"a\r\n.\n", "a\n", BODY_BARE_LF, 1},
	{"a\n.\r\n", "a", BODY_BARE_LF, 4},
	{"a\r\n.\rb\n", "a\n.\rb", BODY_BARE_LF, 1},
	{".b\n", "b", BODY_BARE_LF, 1},
	/* not at its end yet */
	{"", "", BODY_LINE_START, 0},
	{"a", "a", BODY_IN_LINE, 0},
	{"a\r", "a", BODY_CR, 0},
	{"a\r\n", "a\n", BODY_LINE_START, 0},
	{"a\r\n.", "a\n", BODY_DOT, 0},
	{"a\r\n.\r", "a\n", BODY_DOT_CR, 0},
};

/* Bytes that a bare LF makes the decoder give up on may have been put or not: only what
 * was decoded before the line matters then. */
static void decode(size_t which, size_t step)
{
	struct smtp_body body = {BODY_LINE_START, collect, &decoded};
	const char *sent = bodies[which].sent;
	size_t n = strlen(sent), at = 0, took = 0, part = 0;

	sa_clear(&decoded);
	while (at < n && took == part && body.state != BODY_END) {
		part = n - at < step ? n - at : step;
		took = smtp_body_decode(&body, sent + at, part);
		at += took;
	}
	want_case(sent, bodies[which].state, body.state);
	want_case(sent, bodies[which].left, n - at);
	if (body.state == BODY_BARE_LF)
		assert_true(decoded.len <= strlen(bodies[which].text));
	else
		want_case_str(sent, bodies[which].text, sa_cstr(&decoded));
}

TEST(bodies_are_decoded_alike_however_they_arrive)
{
	for (size_t i = 0; i < COUNT(bodies); i++)
		for (size_t step = 1; step <= 12; step++)
			decode(i, step);
	sa_free(&decoded);
}

TEST(after_the_end_nothing_more_is_taken)
{
	struct smtp_body body = {BODY_END, collect, &decoded};

	want_num(0, smtp_body_decode(&body, "abc", 3));
	body.state = BODY_BARE_LF;
	want_num(0, smtp_body_decode(&body, "abc", 3));
	want_num(BODY_BARE_LF, body.state);
}

TEST(nul_and_high_bytes_are_data)
{
	struct smtp_body body = {BODY_LINE_START, collect, &decoded};

	want_num(8, smtp_body_decode(&body, "\0\xff\0\r\n.\r\nx", 9));
	want_sa("\0\xff\0\n", &decoded);
	want_num(BODY_END, body.state);
	sa_free(&decoded);
}

/* -- hops -- */

static unsigned hops_of(const char *text, size_t n, size_t step)
{
	struct smtp_hops hops = {0};

	for (size_t at = 0; at < n; at += step)
		smtp_hops_scan(&hops, text + at, n - at < step ? n - at : step);
	return hops.count;
}

TEST(received_and_delivered_lines_of_the_header_are_hops)
{
	static const struct {
		const char *text;
		unsigned hops;
	} cases[] = {{"", 0}, {"Received: x\r\n", 1}, {"RECEIVED\r\n", 1},
		{"Received: x", 0}, {"Delivered-To: x\r\n", 1},
		{"deLIVEREd\n", 1}, {"Receive\r\n", 0}, {"Deliver\r\n", 0},
		{"delivere\r\n", 0}, {" Received: x\r\n", 0},
		{"X-Received: x\r\n", 0},
		{"Received: a\r\nSubject: b\r\nReceived: c\r\n", 2},
		{"Received: a\r\n\r\nReceived: b\r\n", 1},
		{"\r\nReceived: b\r\n", 0}, {"\nReceived: b\r\n", 1},
		{"a\r\r\n\r\nReceived: b\r\n", 0}, {"Receivedxyz\r\n", 1},
		{"Received: a\r\n.\r\nReceived: b\r\n", 2}};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 20; step += 3)
			want_case(cases[i].text, cases[i].hops,
				hops_of(cases[i].text, strlen(cases[i].text),
					step));
}

TEST(a_line_beyond_2_and_4_gb_is_one_line_and_what_follows_counts)
{
	/* netqmail mended a column counter that grew with the line's length */
	static const char behind[] =
		"\r\nDelivered-To: x\r\n\r\nReceived: y\r\n";
	static char part[1 << 20];
	struct smtp_hops hops = {0};

	memset(part, 'x', sizeof part);
	smtp_hops_scan(&hops, "received", 8);
	for (int i = 0; i < 4 << 10; i++) {
		smtp_hops_scan(&hops, part, sizeof part);
		want_num(0, hops.count);
	}
	want_num(HOPS_HEAD, hops.seen);
	smtp_hops_scan(&hops, behind, sizeof behind - 1);
	want_num(2, hops.count);
	want_num(1, hops.in_body);
}

TEST(a_hundred_hops_are_too_many)
{
	struct smtp_hops hops = {0};

	for (int i = 0; i < 99; i++)
		smtp_hops_scan(&hops, "Received: x\r\n", 13);
	want_num(0, smtp_hops_exceeded(&hops));
	smtp_hops_scan(&hops, "Received: x\r\n", 13);
	want_num(1, smtp_hops_exceeded(&hops));
}
