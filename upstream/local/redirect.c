/* SPDX-License-Identifier: 0BSD */
/* Sending the message at descriptor 0 on to other addresses. */
#include "local/redirect.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/submit.h"
#include "lib/str/fmt.h"

/* Gives the message to the queue program. Returns 0, or -1 if it cannot be
 * read. */
static int send_message(struct submit *queue)
{
	char mem[4096];
	struct inbuf in;
	ssize_t n;

	inbuf_init(&in, fd_read, 0, mem, sizeof mem);
	while ((n = inbuf_fill(&in)) > 0) {
		submit_put(queue, in.mem + in.at, (size_t)n);
		in.at += (size_t)n;
	}
	return n < 0 ? -1 : 0;
}

const char *redirect(const char *delivered_to, const char *sender,
	const struct stralloc *recipients, unsigned long *qp)
{
	struct submit queue;
	const char *verdict;
	int unreadable;

	sig_ignore(SIGPIPE);
	if (lseek(0, 0, SEEK_SET) < 0)
		return "Zunable to read message (#4.3.0)";
	if (submit_open(&queue) < 0)
		return "Zunable to fork (#4.3.0)";
	*qp = submit_qp(&queue);
	submit_puts(&queue, delivered_to);
	unreadable = send_message(&queue) < 0;
	if (unreadable)
		submit_fail(&queue);
	submit_from(&queue, sender);
	for (slen at = 0; at < recipients->len;) {
		const char *address = recipients->s + at;

		submit_to(&queue, address);
		at += (slen)strlen(address) + 1;
	}
	verdict = submit_close(&queue);
	return unreadable ? "Zunable to read message (#4.3.0)" : verdict;
}

int redirect_as(
	const char *name, const char *sender, const struct stralloc *recipients)
{
	const char *delivered_to = redirect_need(name, "DTLINE");
	char digits[FMT_ULONG];
	unsigned long qp = 0;
	const char *verdict = redirect(delivered_to, sender, recipients, &qp);

	if (*verdict) {
		say(name, ": fatal: ", verdict + 1, NULL);
		return *verdict == 'D' ? EXIT_PERM : EXIT_TEMP;
	}
	digits[fmt_ulong(digits, qp)] = 0;
	say(name, ": qp ", digits, NULL);
	return EXIT_DONE;
}

const char *redirect_need(const char *name, const char *variable)
{
	const char *value = getenv(variable);

	if (!value)
		die(EXIT_PERM, name, ": fatal: ", variable, " not set", NULL);
	return value;
}
