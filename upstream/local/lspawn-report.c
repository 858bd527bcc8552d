/* SPDX-License-Identifier: 0BSD */
/* What qmail-lspawn tells qmail-send of a delivery that has ended. */
#include "local/lspawn-report.h"

#include <stddef.h>
#include <sysexits.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/str/byte.h"
#include "local/lspawn-exits.h"

/* The words for a child that never became qmail-local; null if it did. */
static const char *fixed_report(int code)
{
	switch (code) {
	case LSPAWN_NO_ALIAS:
		return "ZUnable to find alias user!\n";
	case LSPAWN_NO_HOMES:
		return "ZUnable to look at a home directory now.\n";
	case LSPAWN_NO_ACCOUNTS:
		return "ZUnable to look accounts up now.\n";
	case LSPAWN_BAD_CDB:
		return "ZTrouble reading users/cdb in qmail-lspawn.\n";
	case LSPAWN_NO_GETPW:
		return "ZUnable to run qmail-getpw.\n";
	case LSPAWN_ROOT:
		return "ZNot allowed to perform deliveries as root.\n";
	case LSPAWN_NO_SWITCH:
		return "ZUnable to become the mailbox's account.\n";
	case LSPAWN_NO_MEMORY:
		return "ZOut of memory in qmail-lspawn.\n";
	case LSPAWN_NO_LOCAL_NOW:
		return "ZUnable to run qmail-local.\n";
	case LSPAWN_NO_LOCAL:
		return "DUnable to run qmail-local.\n";
	default:
		return NULL;
	}
}

static char letter(int code)
{
	switch (code) {
	case EXIT_DONE:
		return 'K';
	case EXIT_TEMP:
	case EX_OSERR:
	case EX_IOERR:
	case EX_TEMPFAIL:
		return 'Z';
	default:
		return 'D';
	}
}

void lspawn_report(struct outbuf *out, int status, const char *text, slen n)
{
	int code = wait_exitcode(status);
	const char *fixed = fixed_report(code);

	if (wait_crashed(status)) {
		outbuf_puts(out, "Zqmail-local crashed.\n");
	} else if (fixed) {
		outbuf_puts(out, fixed);
	} else {
		outbuf_putc(out, letter(code));
		outbuf_put(out, text, byte_find(text, n, '\0'));
	}
}
