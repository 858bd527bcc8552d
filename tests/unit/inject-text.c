/* SPDX-License-Identifier: 0BSD */
/* inject/rewrite, inject/identity, pop/retrieve */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "inject/identity.h"
#include "inject/rewrite.h"
#include "pop/retrieve.h"
#include "harness.h"

static struct rewriter rewriter;

static const char *rewritten(const char *address)
{
	static struct stralloc out;
	struct tokens words = {0};

	want_case(address, 0,
		tokens_scan(&words, address, (slen)strlen(address)));
	rewrite_address(&words, &rewriter);
	sa_clear(&out);
	tokens_flat(&out, &words);
	tokens_free(&words);
	return sa_cstr(&out);
}

TEST(addresses_are_completed)
{
	static const struct {
		const char *address, *full;
	} cases[] = {{"a", "a@host.dom"}, {"a@b", "a@b.dom"},
		{"a@b.c", "a@b.c"}, {"a@[1.2.3.4]", "a@[1.2.3.4]"},
		{"a@b+", "a@b.plus"}, {"a@b.c+", "a@b.c.plus"},
		{"a.b", "a.b@host.dom"}, {"", ""}, {"a@b.", "a@b.dom"},
		{"a@", "a@host.dom"}, {"a@.", "a@host.dom"},
		{"@r:a@b", "a@b.dom"}, {"@r,@s:a", "a@host.dom"}, {"@r", ""},
		{"@r:s:a", "a@host.dom"}, {"\"a\"@b", "a@b.dom"},
		{"a+@b", "a+@b.dom"}, {"a@[]", "a@[]"}, {"@[]", "@[]"},
		{"#@[]", "#@[]"}, {"a@b@c", "a@b@c.dom"}, {"+", "+@host.dom"},
		{"a@+", "a@.plus"}, {".", ""}, {"@", ""}};

	want_num(0, tokens_scan(&rewriter.host, "@host", 5));
	want_num(0, tokens_scan(&rewriter.domain, ".dom", 4));
	want_num(0, tokens_scan(&rewriter.plus, ".plus", 5));
	for (size_t i = 0; i < COUNT(cases); i++)
		want_case_str(cases[i].address, cases[i].full,
			rewritten(cases[i].address));
	tokens_free(&rewriter.host);
	tokens_free(&rewriter.domain);
	tokens_free(&rewriter.plus);
}

TEST(an_empty_rewriter_appends_nothing)
{
	want_str("a", rewritten("a"));
	want_str("a@b", rewritten("a@b"));
	want_str("a@b", rewritten("a@b+"));
}

static const char *const variables[] = {"QMAILUSER", "MAILUSER", "USER",
	"LOGNAME", "QMAILHOST", "MAILHOST", "QMAILNAME", "MAILNAME", "NAME",
	"QMAILSUSER", "QMAILSHOST"};

TEST(the_first_variable_set_counts)
{
	struct identity self;
	/* the weakest first */
	static const char *const users[] = {
		"LOGNAME", "USER", "MAILUSER", "QMAILUSER"};

	for (size_t i = 0; i < COUNT(variables); i++)
		unsetenv(variables[i]);
	identity_read(&self, "default");
	want_str("anonymous", self.user);
	want_str("default", self.host);
	assert_null(self.name);
	want_str("anonymous", self.sender_user);
	want_str("default", self.sender_host);
	for (size_t i = 0; i < COUNT(users); i++) {
		setenv(users[i], users[i], 1);
		identity_read(&self, "default");
		want_str(users[i], self.user);
		want_str(users[i], self.sender_user);
	}
	setenv("MAILHOST", "mh", 1);
	setenv("NAME", "n", 1);
	setenv("QMAILSUSER", "su", 1);
	setenv("QMAILSHOST", "sh", 1);
	identity_read(&self, "default");
	want_str("mh", self.host);
	want_str("n", self.name);
	want_str("su", self.sender_user);
	want_str("sh", self.sender_host);
	setenv("QMAILHOST", "", 1);
	identity_read(&self, "default");
	want_str("", self.host);
}

TEST(the_from_field_quotes_what_it_must)
{
	struct identity self = {"a b", "h", NULL, "s", "sh"};
	struct stralloc out = {0};

	identity_from(&out, &self, 0);
	want_sa("From: \"a b\"@h\n", &out);
	sa_clear(&out);
	self.name = "A \"B\" (C)\n";
	identity_from(&out, &self, 0);
	want_sa("From: \"A \\\"B\\\" \\(C\\)\\\n\" <\"a b\"@h>\n", &out);
	sa_clear(&out);
	identity_from(&out, &self, 1);
	want_sa("From: \"a b\"@h (A \\\"B\\\" \\(C\\)\\\n)\n", &out);
	sa_clear(&out);
	identity_return_path(&out, &self, "-@[]");
	want_sa("Return-Path: \"s-@[]\"@sh\n", &out);
	sa_free(&out);
}

/* -- sending a message to a POP3 client -- */

static const char *retrieved(
	const char *message, int counted, unsigned long lines)
{
	struct outbuf out;
	int fd;

	sink_start(&out);
	scratch_write("m", message, strlen(message));
	fd = open("m", O_RDONLY | O_CLOEXEC);
	want_case(message, 0, pop_retrieve(&out, fd, counted, lines));
	outbuf_flush(&out);
	close(fd);
	return sa_cstr(&sink);
}

TEST(lines_end_with_crlf_and_dots_are_doubled)
{
	scratch_enter();
	want_str("\r\n.\r\n", retrieved("", 0, 0));
	want_str("A: b\r\n\r\n..x\r\n..\r\na.b\r\n\r\n.\r\n",
		retrieved("A: b\n\n.x\n.\na.b\n", 0, 0));
	want_str("a\r\n\r\n.\r\n", retrieved("a", 0, 0));
	want_str("..\r\n\r\n.\r\n", retrieved(".", 0, 0));
}

TEST(top_gives_the_header_and_so_many_lines)
{
	scratch_enter();
	want_str("A: b\r\n\r\n\r\n.\r\n", retrieved("A: b\n\n1\n2\n", 1, 0));
	want_str("A: b\r\n\r\n1\r\n\r\n.\r\n",
		retrieved("A: b\n\n1\n2\n", 1, 1));
	want_str("A: b\r\n\r\n1\r\n2\r\n\r\n.\r\n",
		retrieved("A: b\n\n1\n2\n", 1, 99));
	want_str("A: b\r\n\r\n.\r\n", retrieved("A: b\n", 1, 0));
}

TEST(a_message_that_cannot_be_read_has_no_end)
{
	struct outbuf out;

	sink_start(&out);
	want_num(-1, pop_retrieve(&out, -1, 0, 0));
	want_num(EBADF, errno);
	outbuf_flush(&out);
	want_sa("", &sink);
}
