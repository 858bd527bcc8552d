/* SPDX-License-Identifier: 0BSD */
/* The client's side of an SMTP session. */
#include "remote/dialogue.h"

#include "remote/reply.h"
#include "remote/report.h"

/* How a session ends. */
enum ending {
	BAD_GREETING,
	BAD_NAME,
	BAD_SENDER,
	NO_RECIPIENT,
	BAD_DATA,
	BAD_MESSAGE,
	ACCEPTED,
	/* from here on the connection is dropped without QUIT */
	LOST,
	LOST_LATE, /* when the server may have taken the message */
	UNREADABLE,
	UNFINISHED_LINE
};

/* Where a report's letter comes from. */
enum letter { BY_CODE = 0, DELIVERED = 'K', LATER = 'Z', NEVER = 'D' };

/* What is told of an ending: the text around the server's address, and whether
 * the server's own words follow. */
static const struct {
	enum letter letter;
	const char *before;
	const char *after;
	int address;
	int words;
} verdicts[] = {
	[BAD_GREETING] = {LATER, "Connected to ", " but greeting failed.\n", 1,
		1},
	[BAD_NAME] = {LATER, "Connected to ", " but my name was rejected.\n", 1,
		1},
	[BAD_SENDER] = {BY_CODE, "Connected to ", " but sender was rejected.\n",
		1, 1},
	[NO_RECIPIENT] = {NEVER, "Giving up on ", ".\n", 1, 0},
	[BAD_DATA] = {BY_CODE, "", " failed on DATA command.\n", 1, 1},
	[BAD_MESSAGE] = {BY_CODE, "", " failed after I sent the message.\n", 1,
		1},
	[ACCEPTED] = {DELIVERED, "", " accepted message.\n", 1, 1},
	[LOST] = {LATER, "Connected to ", " but connection died. (#4.4.2)\n", 1,
		0},
	[LOST_LATE] = {LATER, "Connected to ",
		" but connection died. Possible duplicate! (#4.4.2)\n", 1, 0},
	[UNREADABLE] = {LATER, "Unable to read message. (#4.3.0)\n", "", 0, 0},
	[UNFINISHED_LINE] = {NEVER,
		"SMTP cannot transfer messages with "
		"partial final lines. (#5.6.2)\n",
		"", 0, 0},
};

static int refused(const struct remote_reply *reply)
{
	return reply->code >= 400;
}

static int refused_for_good(const struct remote_reply *reply)
{
	return reply->code >= 500;
}

/* Sends a command, made of up to three parts, and waits for the reply to it.
 * Returns 0 if the connection is lost. */
static int ask(struct dialogue *d, struct remote_reply *reply,
	const char *before, const struct stralloc *argument, const char *after)
{
	outbuf_puts(d->out, before);
	if (argument)
		outbuf_putsa(d->out, argument);
	outbuf_puts(d->out, after);
	return outbuf_flush(d->out) == 0 && remote_reply_read(d->in, reply);
}

/* Names the recipients and reports on each. Returns 1 if the server takes any
 * of them; 0 if none; -1 if the connection is lost. */
static int ask_recipients(struct dialogue *d, struct remote_reply *reply)
{
	int taken = 0;

	for (slen i = 0; i < d->count; i++) {
		if (!ask(d, reply, "RCPT TO:<", &d->recipients[i], ">\r\n"))
			return -1;
		if (!refused(reply)) {
			report_put(d->report, 'r', NULL);
			taken = 1;
			continue;
		}
		report_quoting(d->report, &reply->text,
			refused_for_good(reply) ? 'h' : 's', d->peer,
			" does not like recipient.\n", NULL);
	}
	return taken;
}

/* Sends the message: LF becomes CRLF, a dot in front of a line is doubled (RFC
 * 821 section 4.5.2), a line with a dot ends it. Returns ACCEPTED if all is
 * sent. */
static enum ending send_message(struct dialogue *d)
{
	int line_start = 1;
	int got;
	char c;

	while ((got = inbuf_byte(d->message, &c)) == 1) {
		if (line_start && c == '.')
			outbuf_putc(d->out, '.');
		line_start = c == '\n';
		if (line_start)
			outbuf_putc(d->out, '\r');
		outbuf_putc(d->out, c);
		if (d->out->failed)
			return LOST;
	}
	if (got < 0)
		return UNREADABLE;
	if (!line_start)
		return UNFINISHED_LINE;
	outbuf_puts(d->out, ".\r\n");
	return outbuf_flush(d->out) == 0 ? ACCEPTED : LOST_LATE;
}

static enum ending converse(struct dialogue *d, struct remote_reply *reply)
{
	enum ending sent;
	int taken;

	if (!remote_reply_read(d->in, reply))
		return LOST;
	if (reply->code != 220)
		return BAD_GREETING;
	if (!ask(d, reply, "HELO ", d->helo, "\r\n"))
		return LOST;
	if (reply->code != 250)
		return BAD_NAME;
	if (!ask(d, reply, "MAIL FROM:<", d->sender, ">\r\n"))
		return LOST;
	if (refused(reply))
		return BAD_SENDER;
	taken = ask_recipients(d, reply);
	if (taken < 0)
		return LOST;
	if (taken == 0)
		return NO_RECIPIENT;
	if (!ask(d, reply, "DATA\r\n", NULL, ""))
		return LOST;
	if (refused(reply))
		return BAD_DATA;
	sent = send_message(d);
	if (sent != ACCEPTED)
		return sent;
	if (!remote_reply_read(d->in, reply))
		return LOST_LATE;
	return refused(reply) ? BAD_MESSAGE : ACCEPTED;
}

static void conclude(
	struct dialogue *d, enum ending end, const struct remote_reply *reply)
{
	char letter = (char)verdicts[end].letter;
	const char *before = verdicts[end].before;
	const char *after = verdicts[end].after;
	const char *peer = verdicts[end].address ? d->peer : "";

	if (verdicts[end].letter == BY_CODE)
		letter = refused_for_good(reply) ? NEVER : LATER;
	if (verdicts[end].words)
		report_quoting(d->report, &reply->text, letter, before, peer,
			after, NULL);
	else
		report_put(d->report, letter, before, peer, after, NULL);
}

void dialogue_run(struct dialogue *d)
{
	struct remote_reply reply = {0};
	enum ending end;

	/* were memory short after the message is gone, it would go twice */
	sa_room(&reply.text, REMOTE_REPLY_MAX);
	end = converse(d, &reply);
	/* nobody waits for the reply: what became of the message is known */
	if (end <= ACCEPTED) {
		outbuf_puts(d->out, "QUIT\r\n");
		outbuf_flush(d->out);
	}
	conclude(d, end, &reply);
	sa_free(&reply.text);
}
