/* SPDX-License-Identifier: 0BSD */
/* Recipients and reasons of any bytes in a bounce: each becomes one paragraph,
 * with no blank line inside; the notice goes to the sender, or to the
 * postmaster, and its header is four lines.
 *
 * Input: the sender; then recipient and reason of each failure: all up to a
 * NUL. */
#define _GNU_SOURCE
#include "queue-tree.h"

#include "lib/mail/submit.h"
#include "queue/bounce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ID = 100 };

static struct stralloc sent;
static struct stralloc to;
static int messages;

int submit_open(struct submit *sub)
{
	*sub = (struct submit){.failed = 0};
	sa_clear(&sent);
	messages++;
	return 0;
}

unsigned long submit_qp(const struct submit *sub)
{
	(void)sub;
	return 1;
}

void submit_put(struct submit *sub, const void *from, size_t n)
{
	(void)sub;
	sa_catb(&sent, from, (slen)n);
}

void submit_fail(struct submit *sub)
{
	sub->failed = 1;
}

void submit_from(struct submit *sub, const char *sender)
{
	(void)sub;
	if (*sender && strcmp(sender, "#@[]") != 0)
		abort();
}

void submit_to(struct submit *sub, const char *recipient)
{
	(void)sub;
	sa_copys(&to, recipient);
	sa_cstr(&to);
}

const char *submit_close(struct submit *sub)
{
	if (sub->failed)
		abort();
	return "";
}

/* One paragraph came behind the first at bytes. Returns how long the file
 * is. */
static size_t check_note(size_t at)
{
	static char text[1 << 20];
	ssize_t n = tree_get("bounce/100", text, sizeof text - 1);
	char *end;

	if (n >= 0)
		text[n] = '\0';
	if (n < 0 || (size_t)n < at + 5 || text[at] != '<')
		abort();
	end = memmem(text + at, (size_t)n - at, "\n", 1);
	if (!end || end[-1] != ':' || end[-2] != '>')
		abort();
	if (text[n - 1] != '\n' || text[n - 2] != '\n')
		abort();
	end = memmem(text + at, (size_t)n - at, "\n\n", 2);
	/* a reason may end in two newlines: then there are three */
	if (!end || strspn(end, "\n") != (size_t)(text + n - end))
		abort();
	return (size_t)n;
}

static void check_notice(const char *sender)
{
	static const char mark[] = "-@[]";
	size_t n = strlen(sender);
	size_t lines = 0;
	const char *line;

	if (strcmp(sender, "#@[]") == 0) {
		if (messages)
			abort();
		return;
	}
	if (n >= 4 && strcmp(sender + n - 4, mark) == 0)
		n -= 4;
	if (messages != 1 || !sent.len)
		abort();
	if (n ? strncmp(to.s, sender, n) != 0 || to.len != n
	      : strcmp(to.s, "postmaster@here") != 0)
		abort();
	if (memchr(sender, '\n', n) || memchr(sender, '\r', n))
		return;
	sa_cstr(&sent);
	for (line = sent.s; *line != '\n'; line = strchr(line, '\n') + 1)
		lines++;
	if (lines != 4)
		abort();
}

static char *next(const uint8_t **data, size_t *size)
{
	size_t n = strnlen((const char *)*data, *size);
	char *text = strndup((const char *)*data, n);

	n += n < *size;
	*data += n;
	*size -= n;
	return text;
}

static void start(void)
{
	tree_make();
	mkdir("control", 0700);
	tree_put("control/me", "here\n", 5);
	tree_put("mess/8/100", "x\n", 2);
	tree_catch_log();
	if (bounce_load() < 0)
		abort();
}

static size_t note(const uint8_t **data, size_t *size, size_t at)
{
	char *recipient = next(data, size);
	char *text = next(data, size);
	struct stralloc reason = {0};

	sa_copys(&reason, text);
	if (bounce_note(ID, recipient, &reason) < 0)
		abort();
	at = check_note(at);
	sa_free(&reason);
	free(recipient);
	free(text);
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stralloc info = {0};
	char *sender;
	size_t at = 0;

	if (scratch_enter())
		start();
	sender = next(&data, &size);
	sa_copys(&info, "F");
	sa_cats(&info, sender);
	sa_0(&info);
	tree_put("info/8/100", info.s, info.len);
	messages = 0;
	do
		at = note(&data, &size, at);
	while (size);
	if (bounce_send(ID) < 0 || access("bounce/100", F_OK) == 0)
		abort();
	check_notice(sender);
	tree_check_log();
	sa_free(&info);
	free(sender);
	scratch_leave();
	return 0;
}
