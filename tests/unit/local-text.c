/* SPDX-License-Identifier: 0BSD */
/* local/dotqmail, local/stamp, local/mailbox, local/lspawn-report, local/glance */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "local/dotqmail.h"
#include "local/glance.h"
#include "local/lspawn-exits.h"
#include "local/lspawn-report.h"
#include "local/mailbox.h"
#include "local/stamp.h"
#include "harness.h"

/* The lines of a .qmail file: kind and text, "|" behind each. */
static const char kinds[] = "nbo!mdf";

static void want_lines(const char *file, size_t n, const char *expected)
{
	struct stralloc text = {0}, all = {0};
	struct dotqmail dot;
	struct dotqmail_line line;

	sa_copyb(&text, file, (slen)n);
	dotqmail_start(&dot, &text);
	while (dotqmail_next(&dot, &line)) {
		sa_catc(&all, kinds[line.kind]);
		if (line.kind != DOTQMAIL_NOTHING && line.len) {
			sa_catb(&all, line.text, line.len);
			want_case(file, 0, line.text[line.len]);
		}
		sa_catc(&all, '|');
	}
	want_case_str(file, expected, sa_cstr(&all));
	want_case(file, 0, dotqmail_next(&dot, &line));
	sa_free(&text);
	sa_free(&all);
}

TEST(each_line_of_a_dot_qmail_file_says_what_it_is)
{
	static const struct {
		const char *file, *lines;
	} cases[] = {{"#c\n", "n|"}, {"|prog x\n", "!prog x|"},
		{"./Mailbox\n", "m./Mailbox|"},
		{"./Maildir/\n", "d./Maildir/|"}, {"/abs\n", "m/abs|"},
		{"/abs/\n", "d/abs/|"}, {"/\n", "d/|"}, {".\n", "m.|"},
		{"&a@b\n", "fa@b|"}, {"a@b\n", "fa@b|"}, {"&\n", "f|"},
		{"+list\n", "olist|"}, {"+lists\n", "n|"}, {"+\n", "n|"},
		{"|\n", "!|"}, {" x\n", "f x|"}, {"\n", "b|"}, {"", "b|"},
		{"#\n\na\n", "n|n|fa|"}, {" \t\n", "b|"}, {"a \t\n", "fa|"},
		{"|p \t", "!p|"}, {"a\r\n", "fa\r|"}, {"a\nb", "fa|fb|"},
		{"&&a\n", "f&a|"}, {"./d/ \n", "d./d/|"},
		{"Mailbox\n", "fMailbox|"}};

	for (size_t i = 0; i < COUNT(cases); i++)
		want_lines(
			cases[i].file, strlen(cases[i].file), cases[i].lines);
}

/* -- stamps -- */

static struct stamp stamp;

static void end_stamp(void)
{
	sa_free(&stamp.separator);
	sa_free(&stamp.return_path);
	sa_free(&stamp.delivered_to);
}

TEST(the_stamps_name_sender_and_recipient)
{
	stamp_make(&stamp, "me@x", "joe-list", "host", 0);
	want_sa("From me@x Thu Jan 01 00:00:00 1970\n", &stamp.separator);
	want_sa("Return-Path: <me@x>\n", &stamp.return_path);
	want_sa("Delivered-To: joe-list@host\n", &stamp.delivered_to);
	want_num(0, stamp.separator.s[stamp.separator.len]);
	want_num(0, stamp.return_path.s[stamp.return_path.len]);
	want_num(0, stamp.delivered_to.s[stamp.delivered_to.len]);
	end_stamp();
}

TEST(a_bounce_is_from_the_mailer_daemon)
{
	stamp_make(&stamp, "", "joe", "host", 0);
	want_sa("From MAILER-DAEMON Thu Jan 01 00:00:00 1970\n",
		&stamp.separator);
	want_sa("Return-Path: <>\n", &stamp.return_path);
	end_stamp();
}

TEST(newlines_in_addresses_make_no_lines)
{
	stamp_make(&stamp, "a\nb c@x", "jo\ne", "ho\nst", 0);
	want_sa("From a-b-c@x Thu Jan 01 00:00:00 1970\n", &stamp.separator);
	want_sa("Return-Path: <\"a\\_b c\"@x>\n", &stamp.return_path);
	want_sa("Delivered-To: jo_e@ho_st\n", &stamp.delivered_to);
	end_stamp();
}

static int looping(const char *message, size_t n)
{
	int fd, r;

	scratch_write("message", message, n);
	fd = open("message", O_RDONLY | O_CLOEXEC);
	r = stamp_is_looping(&stamp, fd);
	close(fd);
	return r;
}

TEST(the_very_same_line_in_the_header_is_a_loop)
{
	static const struct {
		const char *message;
		int loops;
	} cases[] = {{"", 0}, {"Delivered-To: j@h\n", 1},
		{"A: b\nDelivered-To: j@h\n\nx\n", 1},
		{"Delivered-To: J@h\n", 0}, {"delivered-to: j@h\n", 0},
		{"Delivered-To: j@h", 0}, {"Delivered-To: j@h \n", 0},
		{"\nDelivered-To: j@h\n", 0},
		{"A: b\n\nDelivered-To: j@h\n", 0},
		{"XDelivered-To: j@h\n", 0}};

	scratch_enter();
	stamp_make(&stamp, "s", "j", "h", 0);
	for (size_t i = 0; i < COUNT(cases); i++)
		want_case(cases[i].message, cases[i].loops,
			looping(cases[i].message, strlen(cases[i].message)));
	want_num(-1, stamp_is_looping(&stamp, -1));
	want_num(EBADF, errno);
	end_stamp();
}

/* -- records of users/cdb -- */

static struct mailbox mailbox;
static struct stralloc record;

#define parse(literal)                                                         \
	(sa_copyb(&record, literal, sizeof(literal) - 1),                      \
		mailbox_parse(&mailbox, &record))

TEST(a_record_has_six_fields)
{
	want_num(0,
		parse("joe\0"
		      "501\0"
		      "20\0/home/joe\0-\0ext\0"));
	want_str("joe", mailbox.user);
	want_num(501, mailbox.uid);
	want_num(20, mailbox.gid);
	want_str("/home/joe", mailbox.home);
	want_str("-", mailbox.dash);
	want_str("ext", mailbox.ext);
	want_num(0,
		parse("\0"
		      "0\0"
		      "0\0\0\0\0"));
	want_str("", mailbox.ext);
	want_num(0,
		parse("u\0"
		      "1\0"
		      "1\0h\0d\0e\0more"));
	sa_free(&record);
}

TEST(a_record_with_fewer_fields_is_refused)
{
	want_num(-1, parse(""));
	want_num(-1, parse("u"));
	want_num(-1,
		parse("u\0"
		      "1\0"));
	want_num(-1,
		parse("u\0"
		      "1\0"
		      "1\0h\0d\0"));
	want_num(-1,
		parse("u\0"
		      "1\0"
		      "1\0h\0d\0e"));
	sa_free(&record);
}

TEST(an_id_must_be_a_number_that_an_id_can_be)
{
	want_num(-1,
		parse("u\0\0"
		      "1\0h\0d\0e\0"));
	want_num(-1,
		parse("u\0x\0"
		      "1\0h\0d\0e\0"));
	want_num(-1,
		parse("u\0"
		      "1\0-1\0h\0d\0e\0"));
	want_num(-1,
		parse("u\0"
		      "4294967295\0"
		      "1\0h\0d\0e\0"));
	want_num(-1,
		parse("u\0"
		      "4294967296\0"
		      "1\0h\0d\0e\0"));
	want_num(-1,
		parse("u\0"
		      "1\0"
		      "18446744073709551617\0h\0d\0e\0"));
	want_num(0,
		parse("u\0"
		      "4294967294\0"
		      "4294967294\0h\0d\0e\0"));
	want_num(4294967294LL, mailbox.uid);
	sa_free(&record);
}

/* -- qmail-lspawn's report -- */

static const char *report(int status, const char *text, size_t n)
{
	struct outbuf out;

	sink_start(&out);
	lspawn_report(&out, status, text, (slen)n);
	outbuf_flush(&out);
	return sa_cstr(&sink);
}

TEST(exit_codes_become_letters)
{
	static const struct {
		int code;
		const char *report;
	} cases[] = {{0, "Kx"}, {111, "Zx"}, {100, "Dx"}, {99, "Dx"}, {1, "Dx"},
		{71, "Zx"}, {74, "Zx"}, {75, "Zx"}, {70, "Dx"}, {112, "Dx"},
		{255, "Dx"}, {LSPAWN_NO_ALIAS, "ZUnable to find alias user!\n"},
		{LSPAWN_BAD_CDB,
			"ZTrouble reading users/cdb in qmail-lspawn.\n"},
		{LSPAWN_ROOT, "ZNot allowed to perform deliveries as root.\n"},
		{LSPAWN_NO_LOCAL_NOW, "ZUnable to run qmail-local.\n"},
		{LSPAWN_NO_LOCAL, "DUnable to run qmail-local.\n"}};

	for (size_t i = 0; i < COUNT(cases); i++)
		want_case_str(unit_label(cases[i].code), cases[i].report,
			report(cases[i].code << 8, "x", 1));
}

TEST(no_trouble_before_the_delivery_is_permanent_but_a_missing_program)
{
	for (int code = LSPAWN_NO_ALIAS; code < LSPAWN_NO_LOCAL; code++)
		want_case(unit_label(code), 'Z', *report(code << 8, "x", 1));
}

TEST(a_report_ends_at_its_first_nul)
{
	want_str("Kdid", report(0, "did\0more", 8));
	want_str("K", report(0, NULL, 0));
}

TEST(a_crashed_delivery_is_tried_again)
{
	want_str("Zqmail-local crashed.\n", report(11, "x", 1));
	want_str("Zqmail-local crashed.\n", report(11 | 128, "x", 1));
}

/* -- a message at a glance -- */

static struct glance glance;

static const char *seen(const char *message, size_t n)
{
	struct outbuf out;
	struct inbuf in;

	sink_start(&out);
	unit_feed_start(&in, message, n, 7);
	want_case(message, 0, glance_read(&glance, &in));
	glance_put(&out, &glance, "<b>", "</b>", "\n");
	outbuf_flush(&out);
	return sa_cstr(&sink);
}

TEST(a_glance_shows_who_wrote_what)
{
	static const char message[] =
		"Return-Path: <a@b>\nDelivered-To: me\n"
		"From: A <a@b>\nSubject: hello\n more\nTo: x\n\nbody\ntext\n";

	want_str("FROM <a@b> TO <me>\n<b>From: A <a@b></b>\n"
		 "hello/ more//body/text/\n\n",
		seen(message, sizeof message - 1));
	glance_free(&glance);
}

TEST(what_is_missing_is_a_question_mark)
{
	want_str("FROM ? TO <?>\n\n\n", seen("", 0));
	want_str("FROM ? TO <?>\n/x\n\n", seen("\nx", 2));
	glance_free(&glance);
}

TEST(nothing_that_a_terminal_would_obey_passes)
{
	char message[512] = "From: ";
	size_t n = 6;

	for (int c = 1; c < 256; c++)
		if (c != '\n')
			message[n++] = (char)c;
	memcpy(message + n, "\n\n\x1b[2J\x9b\0z", 10);
	n += 10;
	seen(message, n);
	for (slen i = 0; i < glance.from.len; i++)
		assert_in_range(glance.from.s[i], 32, 126);
	for (slen i = 0; i < glance.text.len; i++)
		assert_in_range(glance.text.s[i], 32, 126);
	glance_free(&glance);
}

TEST(a_long_text_is_cut_at_158_bytes)
{
	static char message[2000];

	memset(message, 'x', sizeof message);
	message[0] = '\n';
	seen(message, sizeof message);
	want_num(158, glance.text.len);
	glance_free(&glance);
}
