/* SPDX-License-Identifier: 0BSD */
/* The Domain Name System's messages in memory. */
#include "lib/net/dns-wire.h"

#include <string.h>

#include "lib/str/case.h"

enum {
	HEADER = 12,
	NAME_MAX_WIRE = 255, /* RFC 1035 section 2.3.4 */
	LABEL_MAX = 63,
	QUESTION_TAIL = 4, /* type, class */
	RECORD_HEAD = 10,  /* type, class, time to live, size of the data */
	CLASS_IN = 1,
	RCODE_NO_NAME = 3
};

/* Flag bits of the header's third byte, and the mask of RCODE in the fourth. */
enum { FLAG_REPLY = 0x80, FLAG_CUT = 0x02, FLAG_RECURSE = 0x01, RCODE = 0x0f };

static int digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads one byte of a label from text, which may be escaped. Returns how many
 * characters it took; 0 if an escape is broken. */
static slen label_byte(const char *text, slen n, unsigned char *byte)
{
	unsigned value;

	*byte = (unsigned char)text[0];
	if (text[0] != '\\')
		return 1;
	if (n < 2)
		return 0;
	*byte = (unsigned char)text[1];
	if (!digit(text[1]))
		return 2;
	if (n < 4 || !digit(text[2]) || !digit(text[3]))
		return 0;
	value = (unsigned)(text[1] - '0') * 100 +
		(unsigned)(text[2] - '0') * 10 + (unsigned)(text[3] - '0');
	*byte = (unsigned char)value;
	return value > 255 ? 0 : 4;
}

/* Writes a name's labels and its end at wire (NAME_MAX_WIRE bytes). Returns the
 * length; 0 if it is no name. */
static slen name_pack(unsigned char *wire, const char *text, slen n)
{
	slen count = 0; /* where the open label's length byte is */
	slen used = 1;

	wire[0] = 0;
	if (n == 0 || (n == 1 && text[0] == '.'))
		return 1;
	for (slen i = 0; i < n;) {
		slen step = 1;

		if (text[i] == '.') {
			if (used == count + 1)
				return 0;
			if (i + 1 == n)
				break;
			wire[count] = (unsigned char)(used - count - 1);
			count = used;
		} else {
			step = label_byte(text + i, n - i, &wire[used]);
			if (step == 0 || used - count > LABEL_MAX)
				return 0;
		}
		i += step;
		if (++used >= NAME_MAX_WIRE)
			return 0;
	}
	wire[count] = (unsigned char)(used - count - 1);
	wire[used] = 0;
	return used + 1;
}

slen dns_query_make(unsigned char *out, const char *name, slen n,
	enum dns_type type, unsigned id)
{
	slen used = name_pack(out + HEADER, name, n);

	if (used == 0)
		return 0;
	memset(out, 0, HEADER);
	out[0] = (unsigned char)(id >> 8);
	out[1] = (unsigned char)id;
	out[2] = FLAG_RECURSE;
	out[5] = 1; /* one question */
	used += HEADER;
	out[used++] = 0;
	out[used++] = (unsigned char)type;
	out[used++] = 0;
	out[used++] = CLASS_IN;
	return used;
}

int dns_reply_fits(const unsigned char *query, slen querylen,
	const unsigned char *reply, slen n)
{
	slen question = querylen - HEADER;

	return n >= querylen && memcmp(query, reply, 2) == 0 &&
		(reply[2] & FLAG_REPLY) &&
		memcmp(query + 4, reply + 4, 2) == 0 &&
		case_same((const char *)query + HEADER, question,
			(const char *)reply + HEADER, question);
}

unsigned dns_reply_short(const struct dns_reply *reply, slen at)
{
	if (at >= reply->n || reply->n - at < 2)
		return 0;
	return (unsigned)reply->bytes[at] << 8 | reply->bytes[at + 1];
}

/* The index behind the name at index at; 0 if it runs out of the reply. */
static slen name_end(const struct dns_reply *reply, slen at)
{
	while (at < reply->n) {
		unsigned char size = reply->bytes[at];

		if (size == 0)
			return at + 1;
		if ((size & 0xc0) == 0xc0)
			return reply->n - at < 2 ? 0 : at + 2;
		if (size > LABEL_MAX)
			return 0;
		at += 1 + (slen)size;
	}
	return 0;
}

/* Appends a label's bytes, escaped where they could be taken for something
 * else. */
static void label_text(struct stralloc *name, const unsigned char *from, slen n)
{
	for (slen i = 0; i < n; i++) {
		unsigned char c = from[i];

		if (c <= ' ' || c >= 127) {
			sa_catc(name, '\\');
			sa_catc(name, (char)('0' + c / 100));
			sa_catc(name, (char)('0' + c / 10 % 10));
			sa_catc(name, (char)('0' + c % 10));
			continue;
		}
		if (strchr(".\\\"@$();", c))
			sa_catc(name, '\\');
		sa_catc(name, (char)c);
	}
}

int dns_reply_name(
	const struct dns_reply *reply, slen at, struct stralloc *name)
{
	slen start = at; /* where the run of labels that we are in began */
	slen wire = 1;

	sa_clear(name);
	while (at < reply->n) {
		unsigned char size = reply->bytes[at];

		if (size == 0)
			return 0;
		if ((size & 0xc0) == 0xc0) {
			slen target = dns_reply_short(reply, at) & 0x3fff;

			/* each jump leads before all that was read: no loops */
			if (reply->n - at < 2 || target >= start)
				return -1;
			at = start = target;
			continue;
		}
		wire += 1 + (slen)size;
		if (size > LABEL_MAX || wire > NAME_MAX_WIRE ||
			reply->n - at <= size)
			return -1;
		if (name->len > 0)
			sa_catc(name, '.');
		label_text(name, reply->bytes + at + 1, size);
		at += 1 + (slen)size;
	}
	return -1;
}

enum dns_result dns_reply_open(
	struct dns_reply *reply, const unsigned char *bytes, slen n)
{
	*reply = (struct dns_reply){.bytes = bytes, .n = n, .at = HEADER};
	if (n < HEADER || !(bytes[2] & FLAG_REPLY))
		return DNS_TEMP;
	if ((bytes[3] & RCODE) == RCODE_NO_NAME)
		return DNS_NONE;
	if (bytes[3] & RCODE)
		return DNS_TEMP;
	reply->cut = (bytes[2] & FLAG_CUT) != 0;
	reply->left = dns_reply_short(reply, 6);
	for (unsigned left = dns_reply_short(reply, 4); left > 0; left--) {
		slen end = name_end(reply, reply->at);

		if (end == 0 || n - end < QUESTION_TAIL)
			return DNS_TEMP;
		reply->at = end + QUESTION_TAIL;
	}
	if (reply->left > 0)
		return DNS_OK;
	return reply->cut ? DNS_TEMP : DNS_NONE;
}

int dns_reply_next(struct dns_reply *reply, struct dns_record *record)
{
	while (reply->left > 0) {
		slen head = name_end(reply, reply->at);
		slen size;

		if (head == 0 || reply->n - head < RECORD_HEAD)
			return -1;
		size = dns_reply_short(reply, head + 8);
		if (reply->n - head - RECORD_HEAD < size)
			return -1;
		reply->at = head + RECORD_HEAD + size;
		reply->left--;
		if (dns_reply_short(reply, head + 2) != CLASS_IN)
			continue;
		record->type = dns_reply_short(reply, head);
		record->data = head + RECORD_HEAD;
		record->size = size;
		return 1;
	}
	return reply->cut ? -1 : 0;
}
