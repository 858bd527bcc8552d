/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-qmtpd. */
#include "smtp/qmtp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mail/home.h"
#include "smtp/policy.h"
#include "smtp/rcpthosts.h"
#include "smtp/sized.h"

enum {
	ADDRESS_MAX = 999, /* bytes of an address, with what RELAYCLIENT adds */
	PATIENCE = 3600    /* seconds; the program's own alarm ends it then */
};

static const char bad_sender[] = "Dunacceptable sender (#5.1.7)";
static const char too_big[] =
	"Dsorry, that message size exceeds my databytes limit (#5.3.4)";
static const char bad_recipient[] =
	"Dsorry, I can't handle that recipient (#5.1.3)";
static const char no_relay[] =
	"Dsorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)";

/* What is known of a recipient before the queue has spoken. */
enum fate { FATE_OPEN = 'o', FATE_UNFIT = 'u', FATE_NO_RELAY = 'r' };

struct letter {
	struct sized_submit out;
	int sender_fits;
	int wanted;            /* a recipient is left */
	struct stralloc fates; /* one byte a recipient */
};

int qmtp_open(struct qmtp_session *session, int in, int out)
{
	*session = (struct qmtp_session){.relayclient = getenv("RELAYCLIENT")};
	chat_init(&session->chat, in, out, PATIENCE);
	session->in.chat = &session->chat;
	client_from_env(&session->client);
	if (chdir(qmail_home) < 0 || rcpthosts_read() < 0)
		return -1;
	return smtp_policy_databytes(&session->databytes);
}

/* The first byte of the message tells how its lines end: LF or CR LF. */
static int line_ends(struct netstrings *in, char *kind)
{
	const char *first;

	if (!netstring_piece(in, 1, &first))
		return -1;
	*kind = *first;
	if (*kind == '\n' || *kind == '\r')
		return 0;
	return netstring_fail(in, NETSTRING_BROKEN);
}

static void put_received(struct qmtp_session *session, struct letter *letter)
{
	struct stralloc field = {0};

	client_received(&field, &session->client, "QMTP", NULL, time(NULL));
	submit_put(&letter->out.queue, field.s, field.len);
	sa_free(&field);
}

/* Puts bytes with CR LF turned into LF. *held says that the last byte was a
 * CR, which waits for what follows. */
static void put_unixed(
	struct sized_submit *out, const char *from, size_t n, int *held)
{
	while (n) {
		const char *cr = memchr(from, '\r', n);
		size_t run = cr ? (size_t)(cr - from) : n;

		if (*held && *from != '\n')
			sized_put(out, "\r", 1);
		*held = cr != NULL;
		sized_put(out, from, run);
		run += cr != NULL;
		from += run;
		n -= run;
	}
}

static int take_text(struct netstrings *in, struct sized_submit *out,
	uint64_t length, char kind)
{
	int held = 0;
	const char *from;

	if (kind == '\n' && out->limit && length > out->limit)
		sized_refuse(out);
	while (length) {
		size_t n = netstring_piece(in, length, &from);

		if (!n)
			return -1;
		length -= n;
		if (kind == '\r')
			put_unixed(out, from, n, &held);
		else
			sized_put(out, from, n);
	}
	if (held)
		sized_put(out, "\r", 1);
	return netstring_comma(in);
}

static int take_message(
	struct qmtp_session *session, struct letter *letter, uint64_t length)
{
	char kind;

	if (line_ends(&session->in, &kind) < 0)
		return -1;
	put_received(session, letter);
	return take_text(&session->in, &letter->out, length - 1, kind);
}

static int take_sender(struct qmtp_session *session, struct letter *letter)
{
	struct netstrings *in = &session->in;
	uint64_t length;

	if (netstring_length(in, &length) < 0)
		return -1;
	letter->sender_fits = netstring_text(
		in, length, ADDRESS_MAX, &session->addr);
	if (netstring_comma(in) < 0)
		return -1;
	submit_from(&letter->out.queue, sa_cstr(&session->addr));
	if (!letter->sender_fits)
		submit_fail(&letter->out.queue);
	return 0;
}

/* Judges the address just read, which fits its limit or does not. */
static int judge(
	struct qmtp_session *session, int whole, int long_one, enum fate *fate)
{
	struct stralloc *addr = &session->addr;
	int allowed = 1;

	*fate = whole ? FATE_OPEN : FATE_UNFIT;
	if (long_one)
		return 0;
	if (session->relayclient)
		sa_cats(addr, session->relayclient);
	else
		allowed = rcpthosts_allow(addr->s, addr->len);
	if (allowed < 0)
		return netstring_fail(&session->in, NETSTRING_TROUBLE);
	if (!allowed)
		*fate = FATE_NO_RELAY;
	return 0;
}

static int take_recipient(struct qmtp_session *session, struct letter *letter)
{
	struct netstrings *in = &session->in;
	size_t suffix = session->relayclient ? strlen(session->relayclient) : 0;
	slen max = suffix < ADDRESS_MAX ? (slen)(ADDRESS_MAX - suffix) : 0;
	enum fate fate;
	uint64_t length;
	int whole;

	if (netstring_length(in, &length) < 0)
		return -1;
	if (length >= in->left)
		return netstring_fail(in, NETSTRING_BROKEN);
	whole = netstring_text(in, length, max, &session->addr);
	if (whole < 0 ||
		judge(session, whole, length > max || suffix > ADDRESS_MAX,
			&fate) < 0 ||
		netstring_comma(in) < 0)
		return -1;
	sa_catc(&letter->fates, (char)fate);
	if (fate == FATE_OPEN) {
		submit_to(&letter->out.queue, sa_cstr(&session->addr));
		letter->wanted = 1;
	}
	return 0;
}

static int take_recipients(struct qmtp_session *session, struct letter *letter)
{
	struct netstrings *in = &session->in;
	uint64_t length;

	if (netstring_length(in, &length) < 0)
		return -1;
	in->left = length;
	while (in->left)
		if (take_recipient(session, letter) < 0)
			return -1;
	in->left = NETSTRING_UNBOUND;
	return netstring_comma(in);
}

/* The answer to the recipients that the queue was told of. */
static void common_answer(struct letter *letter, struct stralloc *answer)
{
	const char *verdict;

	if (!letter->wanted)
		submit_fail(&letter->out.queue);
	verdict = submit_close(&letter->out.queue);
	if (letter->out.too_big)
		verdict = too_big;
	else if (!letter->sender_fits)
		verdict = bad_sender;
	sa_copys(answer, verdict);
	if (!*verdict) {
		sa_cats(answer, "Kok ");
		sa_catnum(answer, (unsigned long)time(NULL));
		sa_cats(answer, " qp ");
		sa_catnum(answer, submit_qp(&letter->out.queue));
	}
}

static void answer_all(struct qmtp_session *session, struct letter *letter)
{
	struct outbuf *out = &session->chat.out;
	struct stralloc answer = {0};

	common_answer(letter, &answer);
	for (slen i = 0; i < letter->fates.len; i++) {
		switch (letter->fates.s[i]) {
		case FATE_OPEN:
			netstring_put(out, answer.s, answer.len);
			break;
		case FATE_NO_RELAY:
			netstring_put(out, no_relay, strlen(no_relay));
			break;
		default:
			netstring_put(
				out, bad_recipient, strlen(bad_recipient));
		}
	}
	sa_free(&answer);
}

static int take_letter(struct qmtp_session *session)
{
	struct letter letter = {0};
	uint64_t length;

	if (netstring_length(&session->in, &length) < 0)
		return -1;
	if (!length)
		return netstring_fail(&session->in, NETSTRING_BROKEN);
	if (sized_open(&letter.out, session->databytes) < 0)
		return netstring_fail(&session->in, NETSTRING_TROUBLE);
	if (take_message(session, &letter, length) < 0 ||
		take_sender(session, &letter) < 0 ||
		take_recipients(session, &letter) < 0) {
		submit_fail(&letter.out.queue);
		submit_close(&letter.out.queue);
	} else {
		answer_all(session, &letter);
	}
	sa_free(&letter.fates);
	return session->in.fault == NETSTRING_FINE ? 0 : -1;
}

int qmtp_serve(struct qmtp_session *session)
{
	session->in.left = NETSTRING_UNBOUND;
	while (take_letter(session) == 0)
		;
	outbuf_flush(&session->chat.out);
	return netstring_exit(session->in.fault);
}
