/* SPDX-License-Identifier: 0BSD */
/* lib/net/tlsfields, lib/net/tlsask-verdict, tls/request */
#include "lib/net/tlsfields.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "lib/net/tlsask.h"
#include "tls/request.h"

static const char *one;
static const char *two;
static const struct tlsfield fields[] = {{"one", &one}, {"two", &two}, {NULL, NULL}};

static int read_text(const char *text, size_t n, int strict)
{
	static char mem[2 * TLSFIELDS_MAX];

	memcpy(mem, text, n);
	return tlsfields_read(mem, n, fields, strict);
}

#define READ(text, strict) read_text(text, sizeof(text) - 1, strict)

TEST(fields_are_found_in_any_order)
{
	want_num(0, READ("two b c\none a\n\n", 1));
	want_text("a", one, 1);
	want_text("b c", two, 3);
}

TEST(what_would_be_cut_or_changed_does_not_fit)
{
	static char longest[502];

	memset(longest, 'x', 500);
	want_num(1, tlsfields_fit(NULL));
	want_num(1, tlsfields_fit(""));
	want_num(1, tlsfields_fit(longest));
	longest[500] = 'x';
	want_num(0, tlsfields_fit(longest));
	want_num(0, tlsfields_fit("a\nb"));
	want_num(0, tlsfields_fit("\xc3\xbc"));
}

TEST(a_missing_field_is_null)
{
	want_num(0, READ("one a\n\n", 1));
	if (two)
		abort();
}

TEST(an_unknown_key_is_passed_over_unless_strict)
{
	want_num(0, READ("three x\none a\n\n", 0));
	want_num(-1, READ("three x\none a\n\n", 1));
}

TEST(what_is_no_text)
{
	want_num(-1, READ("", 0));
	want_num(-1, READ("one a\n", 0));
	want_num(-1, READ("one a", 0));
	want_num(-1, READ("one a\n\nx", 0));
	want_num(-1, READ("one a\none b\n\n", 0));
	want_num(-1, READ("one\n\n", 0));
	want_num(-1, READ(" a\n\n", 0));
	want_num(-1, READ("one a\r\n\n", 0));
	want_num(-1, READ("one a\0\n\n", 0));
	want_num(-1, READ("one \351\n\n", 0));
}

TEST(length_has_an_end)
{
	static char text[TLSFIELDS_MAX + 1];

	memset(text, 'x', sizeof text);
	memcpy(text, "one ", 4);
	text[TLSFIELDS_MAX - 2] = text[TLSFIELDS_MAX - 1] = '\n';
	want_num(0, read_text(text, TLSFIELDS_MAX, 0));
	text[TLSFIELDS_MAX - 2] = 'x';
	text[TLSFIELDS_MAX] = '\n';
	want_num(-1, read_text(text, TLSFIELDS_MAX + 1, 0));
}

TEST(a_line_is_made_safe_and_short)
{
	static char longer[1000];
	struct stralloc text = {0};

	tlsfields_put(&text, "one", "a\nside server\r\t\351");
	tlsfields_put(&text, "two", "");
	tlsfields_put(&text, "two", NULL);
	tlsfields_end(&text);
	want_text("one a?side server???\n\n", text.s, text.len);
	sa_clear(&text);
	memset(longer, 'x', sizeof longer - 1);
	tlsfields_put(&text, "one", longer);
	want_num(4 + 500 + 1, text.len);
	sa_free(&text);
}

#define VERDICT(text) tlsask_parse(&verdict, text, sizeof(text) - 1)

TEST(verdicts)
{
	struct tlsask_verdict verdict = {0};

	want_num(1, VERDICT("version 1\nresult done\nprotocol TLSv1.3\n"
			    "cipher c\nnews of later\n\n"));
	want_text("TLSv1.3", verdict.protocol, 7);
	want_text("", verdict.email, 0);
	want_num(0, VERDICT("version 1\nresult failed\nfault busy\nwhy w\n\n"));
	want_text("busy", verdict.fault, 4);
	want_num(-1, VERDICT("version 1\nresult failed\n\n"));
	want_text("service", verdict.fault, 7);
	want_text("none", verdict.peer, 4);
	want_num(-1, VERDICT("version 2\nresult done\nprotocol p\ncipher c\n\n"));
	want_num(-1, VERDICT("version 1\nresult done\ncipher c\n\n"));
	want_num(-1, VERDICT(""));
	tlsask_free(&verdict);
}

TEST(requests)
{
	struct tlsd_request request;
	char good[] = "version 1\nside client\nname a.b\nverify yes\n\n";
	char bare[] = "version 1\nside server\n\n";
	char none[] = "version 1\nverify yes\n\n";

	want_num(0, tlsd_request_read(&request, good, sizeof good - 1));
	want_num(0, request.server);
	want_num(1, request.verify);
	want_text("a.b", request.name, 3);
	want_num(0, tlsd_request_read(&request, bare, sizeof bare - 1));
	want_num(1, request.server);
	want_num(0, request.verify);
	want_text("", request.alpn, 0);
	want_num(-1, tlsd_request_read(&request, none, sizeof none - 1));
}
