/* SPDX-License-Identifier: 0BSD */
/* Messages of any bytes as qmail-inject prints them. The first byte chooses
 * what the environment wishes, the second is part of the user's name. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inject/letter.h"
#include "lib/mail/exits.h"
#include "memory-input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stralloc printed;

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static ssize_t print(int fd, const void *from, size_t n)
{
	(void)fd;
	sa_catb(&printed, from, (slen)n);
	return (ssize_t)n;
}

static void wish(struct letter *letter, unsigned wishes)
{
	letter->name_as_comment = (wishes & 1) != 0;
	letter->ignore_return_path = (wishes & 2) != 0;
	letter->replace_from = (wishes & 4) != 0;
	letter->replace_message_id = (wishes & 8) != 0;
	letter->per_recipient = (wishes & 16) != 0;
	letter->per_message = (wishes & 32) != 0;
}

/* Each address in a list ends with NUL. */
static void check_list(const struct stralloc *list)
{
	check(!list->len || list->s[list->len - 1] == '\0', "list not ended");
}

static void send_letter(struct letter *letter, struct inbuf *in)
{
	int r = letter_send(letter, in);

	check(r == 0 || r == EXIT_PERM, "temporary trouble");
	check((r == 0) == (letter->trouble.len == 0), "untold trouble");
	if (r == 0) {
		check(printed.len > 14 &&
				!memcmp(printed.s, "Return-Path: <", 14),
			"no sender");
		check(printed.s[printed.len - 1] == '\n', "line not ended");
	}
	check_list(&letter->arguments);
	check_list(&letter->header);
	check_list(&letter->resent);
	check_list(&letter->followup);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char list[] = "a@b.c";
	char user[] = "user?";
	char in_mem[64];
	char out_mem[64];
	struct inbuf in;
	struct outbuf out;
	struct rewriter rewriter = {0};
	struct stralloc lines = {0};
	struct constmap lists = {0};
	struct identity self = {user, "host", user, user, "shost"};
	struct letter letter = {.rewriter = &rewriter,
		.identity = &self,
		.id_host = "id",
		.lists = &lists,
		.print = &out,
		.now = 1,
		.pid = 2};

	if (size < 2)
		return 0;
	sa_copyb(&lines, list, sizeof list);
	constmap_make(&lists, &lines, CONSTMAP_KEYS);
	check(tokens_scan(&rewriter.host, "@h", 2) == 0, "host");
	check(tokens_scan(&rewriter.domain, ".d", 2) == 0, "domain");
	check(tokens_scan(&rewriter.plus, ".p", 2) == 0, "plus");
	wish(&letter, data[0]);
	user[4] = (char)data[1];
	sa_clear(&printed);
	memory_set(data + 2, size - 2);
	inbuf_init(&in, memory_read, 0, in_mem, sizeof in_mem);
	outbuf_init(&out, print, 0, out_mem, sizeof out_mem);
	send_letter(&letter, &in);
	letter_free(&letter);
	constmap_free(&lists);
	sa_free(&lines);
	tokens_free(&rewriter.host);
	tokens_free(&rewriter.domain);
	tokens_free(&rewriter.plus);
	return 0;
}
