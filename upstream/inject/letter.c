/* SPDX-License-Identifier: 0BSD */
/* A message on its way from a user to the queue. */
#include "inject/letter.h"

#include <string.h>

#include "inject/letter-fields.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/header.h"
#include "lib/mail/quote.h"

static void put(struct letter *letter, const char *text, size_t n)
{
	if (n == 0)
		return;
	if (letter->print)
		outbuf_put(letter->print, text, n);
	else
		submit_put(&letter->queue, text, n);
}

/* The envelope sender as the first field, for those who only look. */
static void print_sender(struct letter *letter)
{
	struct stralloc field = {0};

	sa_cats(&field, "Return-Path: <");
	quote_addr(&field, sa_cstr(&letter->sender));
	sa_cats(&field, ">\n");
	put(letter, field.s, field.len);
	sa_free(&field);
}

static int read_trouble(struct letter *letter)
{
	return letter_trouble(letter, EXIT_TEMP, "read error\n", NULL);
}

/* Puts what lies behind the header, and a newline if the last line has none. */
static int put_body(struct letter *letter, struct header *header)
{
	struct inbuf *in = header->in;
	const struct stralloc *ahead = &header->ahead;
	char last = '\n';
	ssize_t n;

	put(letter, ahead->s, ahead->len);
	if (ahead->len)
		last = ahead->s[ahead->len - 1];
	while ((n = inbuf_fill(in)) > 0) {
		put(letter, in->mem + in->at, (size_t)n);
		in->at += (size_t)n;
		last = in->mem[in->at - 1];
	}
	if (n < 0)
		return read_trouble(letter);
	if (last != '\n')
		put(letter, "\n", 1);
	return 0;
}

static int put_message(struct letter *letter, struct header *header)
{
	struct stralloc fresh = {0};
	int r = letter_new_fields(letter, &fresh);

	if (r == 0) {
		put(letter, fresh.s, fresh.len);
		put(letter, letter->fields.s, letter->fields.len);
		r = put_body(letter, header);
	}
	sa_free(&fresh);
	return r;
}

static int print_message(struct letter *letter, struct header *header)
{
	int r;

	print_sender(letter);
	r = put_message(letter, header);
	if (r == 0 && outbuf_flush(letter->print) < 0)
		r = letter_trouble(letter, EXIT_TEMP, "write error\n", NULL);
	return r;
}

static void put_recipients(struct letter *letter, const struct stralloc *list)
{
	for (slen at = 0; at < list->len;) {
		submit_to(&letter->queue, list->s + at);
		at += (slen)strlen(list->s + at) + 1;
	}
}

static void put_envelope(struct letter *letter)
{
	submit_from(&letter->queue, sa_cstr(&letter->sender));
	if (letter->use_arguments)
		put_recipients(letter, &letter->arguments);
	if (letter->use_header)
		put_recipients(letter,
			letter->seen & SEEN_RESENT ? &letter->resent
						   : &letter->header);
}

static int queue_message(struct letter *letter, struct header *header)
{
	struct stralloc told = {0};
	const char *verdict;
	int r;

	if (submit_open(&letter->queue) < 0)
		return letter_trouble(
			letter, EXIT_TEMP, "unable to run qmail-queue\n", NULL);
	r = put_message(letter, header);
	if (r == 0)
		put_envelope(letter);
	else
		submit_fail(&letter->queue);
	verdict = submit_close(&letter->queue);
	if (r != 0 || !*verdict)
		return r;
	sa_copys(&told, verdict + 1);
	sa_catc(&told, '\n');
	r = letter_trouble(
		letter, *verdict == 'D' ? EXIT_PERM : EXIT_TEMP, "", &told);
	sa_free(&told);
	return r;
}

static int send_parts(
	struct letter *letter, struct header *header, struct stralloc *field)
{
	int more;
	int r;

	while ((more = header_next(header, field)) > 0) {
		r = letter_take_field(letter, field);
		if (r != 0)
			return r;
	}
	if (more < 0)
		return read_trouble(letter);
	if (!letter->sender_known) {
		r = letter_default_sender(letter);
		if (r != 0)
			return r;
	}
	if (letter->print)
		return print_message(letter, header);
	return queue_message(letter, header);
}

int letter_send(struct letter *letter, struct inbuf *in)
{
	struct header header;
	struct stralloc field = {0};
	int r;

	header_start(&header, in);
	r = send_parts(letter, &header, &field);
	header_free(&header);
	sa_free(&field);
	return r;
}

void letter_free(struct letter *letter)
{
	sa_free(&letter->trouble);
	sa_free(&letter->sender);
	sa_free(&letter->arguments);
	sa_free(&letter->header);
	sa_free(&letter->resent);
	sa_free(&letter->followup);
	sa_free(&letter->fields);
}
