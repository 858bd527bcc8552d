/* SPDX-License-Identifier: 0BSD */
/* A whole check against a name server that says anything: it ends, asks for no more than
 * the limits allow, and what it replies is safe.
 *
 * Input: pieces, a two-byte length before each, that are handed out one after another as
 * the bytes behind the header and the question of each answer; the first byte of a piece
 * is the response code and the number of records. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spf/fields.h"
#include "spf/lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* record 1, each of 10 terms 11, the client's names 11, explanation 1, and the same for
 * spfrules */
enum { QUERIES_MAX = 2 * (1 + 10 * 12 + 11 + 1) };

static const uint8_t *left;
static size_t more;
static int queries;

static void check(int good)
{
	if (!good)
		abort();
}

/* In the place of lib/net/dns-send.c. */
enum dns_result dns_send(const char *name, slen n, enum dns_type type,
	unsigned char answer[DNS_ANSWER_MAX], slen *len)
{
	slen used = dns_query_make(answer, name, n, type, 7);
	size_t piece;

	if (!used)
		return DNS_NONE;
	check(++queries <= QUERIES_MAX);
	if (more < 3)
		return DNS_TEMP;
	piece = ((size_t)left[0] << 8 | left[1]) % (more - 2) + 1;
	answer[2] = 0x80;
	answer[3] = left[2] >> 6 ? 0 : left[2] & 3;
	answer[7] = left[2] & 15;
	memcpy(answer + used, left + 3, piece - 1);
	*len = used + piece - 1;
	left += piece + 2;
	more -= piece + 2;
	return DNS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spf_question question = {0};
	struct spf_reply reply = {0};
	struct spf_reply again = {0};
	struct stralloc bytes = {0};

	if (size > 60000 || size < 1)
		return 0;
	left = data + 1;
	more = size - 1;
	queries = 0;
	sa_copys(&question.ip, data[0] & 1 ? "2001:db8::1" : "192.0.2.7");
	sa_copys(&question.helo, "mail.far.test");
	sa_copys(&question.sender, "j-o@far.test");
	sa_copys(&question.receiver, "mx.test");
	sa_copys(&question.show, "fail softfail neutral none permerror ");
	if (data[0] & 2)
		sa_copys(&question.rules, "include:%{p}.test mx ?ptr");
	if (data[0] & 4)
		sa_copys(&question.guess, "v=spf1 a/24 mx/24 ptr -all");
	spf_check(&question, &reply);
	spf_reply_put(&bytes, &reply);
	check(spf_reply_get(&again, bytes.s, bytes.len) == 0);
	spf_question_free(&question);
	spf_reply_free(&reply);
	spf_reply_free(&again);
	sa_free(&bytes);
	return 0;
}
