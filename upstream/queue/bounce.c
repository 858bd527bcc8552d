/* SPDX-License-Identifier: 0BSD */
/* Sending bounces. */
#include "queue/bounce.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/mail/control.h"
#include "lib/mail/date.h"
#include "lib/mail/quote.h"
#include "lib/mail/submit.h"
#include "queue/layout.h"
#include "queue/send-log.h"
#include "queue/sender.h"

/* The envelope sender of a bounce's bounce; what comes back to it is
 * discarded. */
static const char last_resort[] = "#@[]";

static const char about_message[] =
	"Your message could not be delivered to everybody it was meant for.\n"
	"Each address below is followed by the reason. The reasons are final,\n"
	"and no further attempt will be made.\n"
	"\n";
static const char about_bounce[] =
	"A bounce could not be returned to the address it was meant for. You\n"
	"get it instead, with the reason, as the postmaster of this host.\n"
	"\n";

static struct stralloc from;     /* "From: box@host", as written */
static struct stralloc host;     /* the name of this host in the notice */
static struct stralloc resorted; /* who gets the bounces of bounces */

/* What one notice is about. */
struct notice {
	unsigned long id;
	struct stralloc sender;    /* of the message */
	struct stralloc recipient; /* of the notice */
	int of_bounce;             /* the message is a bounce */
};

int bounce_load(void)
{
	struct stralloc line = {0};
	int r = control_line(&line, "control/bouncefrom");

	if (r >= 0) {
		if (r == 0)
			sa_copys(&line, "MAILER-DAEMON");
		sa_clear(&from);
		quote_box(&from, line.s, line.len);
		r = control_line_or_me(
			&host, "control/bouncehost", "bouncehost");
	}
	if (r >= 0) {
		sa_catc(&from, '@');
		sa_cat(&from, &host);
		r = control_line(&resorted, "control/doublebounceto");
	}
	if (r >= 0) {
		if (r == 0)
			sa_copys(&resorted, "postmaster");
		r = control_line_or_me(
			&line, "control/doublebouncehost", "doublebouncehost");
	}
	if (r >= 0) {
		sa_catc(&resorted, '@');
		sa_cat(&resorted, &line);
	}
	sa_free(&line);
	return r < 0 ? -1 : 0;
}

static void put_text(struct submit *sub, const struct stralloc *text)
{
	submit_put(sub, text->s, text->len);
}

static void put_file(struct submit *sub, const char *path)
{
	char mem[4096];
	struct inbuf in;
	ssize_t n = -1;
	int fd = open_read(path);

	if (fd >= 0) {
		inbuf_init(&in, fd_read, fd, mem, sizeof mem);
		while ((n = inbuf_fill(&in)) > 0) {
			submit_put(sub, in.mem + in.at, (size_t)n);
			in.at = in.end;
		}
		close(fd);
	}
	if (n < 0)
		submit_fail(sub);
}

static void put_header(struct submit *sub, const struct notice *notice)
{
	struct stralloc text = {0};

	sa_copys(&text, "Date: ");
	date_header(&text, time(NULL));
	sa_cats(&text, "\nFrom: ");
	sa_cat(&text, &from);
	sa_cats(&text, "\nTo: ");
	quote_addr(&text, notice->recipient.s);
	sa_cats(&text, "\nSubject: failure notice\n\n");
	put_text(sub, &text);
	sa_free(&text);
}

static void put_body(struct submit *sub, const struct notice *notice)
{
	struct stralloc path = {0};
	struct stralloc text = {0};

	sa_copys(&text, "Hi. This is the qmail-send program at ");
	sa_cat(&text, &host);
	sa_cats(&text, ".\n");
	sa_cats(&text, notice->of_bounce ? about_bounce : about_message);
	put_text(sub, &text);
	put_file(sub, layout_flat(&path, "bounce", notice->id));
	sa_copys(&text,
		notice->of_bounce
			? "--- Below this line is the original bounce.\n\n"
			: "--- Below this line is a copy of the message.\n\n");
	sa_cats(&text, "Return-Path: <");
	quote_addr(&text, notice->sender.s);
	sa_cats(&text, ">\n");
	put_text(sub, &text);
	put_file(sub, layout_split(&path, "mess", notice->id));
	sa_free(&text);
	sa_free(&path);
}

/* Whom the notice goes to. */
static void address(struct notice *notice)
{
	slen plain;

	if (sender_varies(notice->sender.s, &plain)) {
		notice->sender.len = plain;
		sa_cstr(&notice->sender);
	}
	notice->of_bounce = notice->sender.len == 0;
	sa_copy(&notice->recipient,
		notice->of_bounce ? &resorted : &notice->sender);
	sa_cstr(&notice->recipient);
}

static int send(const struct notice *notice)
{
	struct submit sub;

	if (submit_open(&sub) < 0) {
		log_line("warning: no qmail-queue for a bounce, will try later",
			NULL);
		return -1;
	}
	put_header(&sub, notice);
	put_body(&sub, notice);
	submit_from(&sub, notice->of_bounce ? last_resort : "");
	submit_to(&sub, notice->recipient.s);
	if (*submit_close(&sub)) {
		log_line("warning: trouble injecting bounce message, "
			 "will try later",
			NULL);
		return -1;
	}
	log_text("bounce msg ");
	log_number(notice->id);
	log_text(" qp ");
	log_number(submit_qp(&sub));
	log_end();
	return 0;
}

/* The message has failures. */
static int conclude(unsigned long id, const char *path)
{
	struct notice notice = {.id = id};
	time_t birth;
	int r = 0;

	if (sender_read(id, &notice.sender, &birth) < 0) {
		log_text("warning: cannot read the sender of msg ");
		log_number(id);
		log_text(", will try later");
		log_end();
		r = -1;
	} else if (sa_is(&notice.sender, last_resort)) {
		log_line("triple bounce: discarding ", path, NULL);
	} else {
		sa_cstr(&notice.sender);
		address(&notice);
		r = send(&notice);
	}
	sa_free(&notice.sender);
	sa_free(&notice.recipient);
	if (r == 0 && unlink(path) < 0) {
		log_line("warning: cannot remove ", path,
			"; will try again later", NULL);
		r = -1;
	}
	return r;
}

int bounce_send(unsigned long id)
{
	struct stralloc path = {0};
	struct stat st;
	int r = 0;

	if (stat(layout_flat(&path, "bounce", id), &st) == 0) {
		r = conclude(id, path.s);
	} else if (errno != ENOENT) {
		log_line("warning: unable to stat ", path.s,
			"; will try again later", NULL);
		r = -1;
	}
	sa_free(&path);
	return r;
}
