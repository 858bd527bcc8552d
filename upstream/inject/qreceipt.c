/* SPDX-License-Identifier: 0BSD */
/* qreceipt: tells a message's sender that it was delivered, if he asked. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "inject/receipt.h"
#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/str/alloc.h"

#define FATAL "qreceipt: fatal: "

static void no_memory(void)
{
	die(EXIT_TEMP, FATAL "out of memory", NULL);
}

static void tell(
	const char *sender, const char *address, const struct stralloc *id)
{
	const char *verdict = receipt_send(sender, address, id);

	if (!verdict)
		die(EXIT_TEMP, FATAL "unable to run qmail-queue", NULL);
	if (*verdict == 'D')
		die(EXIT_PERM, FATAL "permanent qmail-queue error", NULL);
	if (*verdict)
		die(EXIT_TEMP, FATAL "temporary qmail-queue error", NULL);
}

int main(int argc, char **argv)
{
	const char *sender = getenv("SENDER");
	char mem[1024];
	struct inbuf in;
	struct stralloc id = {0};

	alloc_failed = no_memory;
	sig_ignore(SIGPIPE);
	if (argc < 2)
		die(EXIT_PERM, "qreceipt: usage: qreceipt address", NULL);
	/* bounces are not to be answered */
	if (!sender || !*sender || strcmp(sender, "#@[]") == 0)
		return 0;
	inbuf_init(&in, fd_read, 0, mem, sizeof mem);
	switch (receipt_look(&in, argv[1], &id)) {
	case RECEIPT_NONE:
		break;
	case RECEIPT_WANTED:
		tell(sender, argv[1], &id);
		break;
	case RECEIPT_MALFORMED:
		/* the field ends with the newline that die() adds */
		--id.len;
		die(EXIT_PERM, FATAL "unable to parse this: ", sa_cstr(&id),
			NULL);
	case RECEIPT_UNREADABLE:
		die(EXIT_TEMP, FATAL "read error", NULL);
	}
	sa_free(&id);
	return 0;
}
