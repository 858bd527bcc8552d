/* SPDX-License-Identifier: 0BSD */
/* What the exit codes of qmail-queue mean. */
#include "lib/mail/submit-verdict.h"

#include <stddef.h>

#include "lib/io/proc.h"

static const struct {
	int first;
	int last;
	const char *text;
} verdicts[] = {
	{QUEUE_ADDRESS_TOO_LONG, QUEUE_ADDRESS_TOO_LONG,
		"Denvelope address too long for qq (#5.1.3)"},
	{115, 115, "Denvelope address too long for qq (#5.1.3)"},
	{QUEUE_REJECTED, QUEUE_REJECTED,
		"Dmail server permanently rejected message (#5.3.0)"},
	{11, 40, "Dqq permanent problem (#5.3.0)"},
	{QUEUE_NO_MEMORY, QUEUE_NO_MEMORY, "Zqq out of memory (#4.3.0)"},
	{QUEUE_TIMEOUT, QUEUE_TIMEOUT, "Zqq timeout (#4.3.0)"},
	{QUEUE_WRITE_ERROR, QUEUE_WRITE_ERROR,
		"Zqq write error or disk full (#4.3.0)"},
	{QUEUE_READ_ERROR, QUEUE_READ_ERROR, "Zqq read error (#4.3.0)"},
	{QUEUE_NO_CONFIG, QUEUE_NO_CONFIG,
		"Zqq unable to read configuration (#4.3.0)"},
	{QUEUE_NO_NETWORK, QUEUE_NO_NETWORK,
		"Zqq trouble making network connection (#4.3.0)"},
	{QUEUE_NO_HOME, QUEUE_NO_HOME,
		"Zqq trouble in home directory (#4.3.0)"},
	{QUEUE_NO_DIRECTORY, QUEUE_TODO_LINK,
		"Zqq trouble creating files in queue (#4.3.0)"},
	{QUEUE_DEFERRED, QUEUE_DEFERRED,
		"Zmail server temporarily rejected message (#4.3.0)"},
	{QUEUE_NET_TIMEOUT, QUEUE_NET_TIMEOUT,
		"Zconnection to mail server timed out (#4.4.1)"},
	{QUEUE_NET_REFUSED, QUEUE_NET_REFUSED,
		"Zconnection to mail server rejected (#4.4.1)"},
	{QUEUE_NET_BROKEN, QUEUE_NET_BROKEN,
		"Zcommunication with mail server failed (#4.4.2)"},
	{QUEUE_BUG, QUEUE_BUG, "Zqq internal bug (#4.3.0)"},
	{QUEUE_BAD_ENVELOPE, QUEUE_BAD_ENVELOPE, "Zqq internal bug (#4.3.0)"},
	{QUEUE_NO_EXEC, QUEUE_NO_EXEC, "Zunable to exec qq (#4.3.0)"},
};

const char *submit_verdict(int status, int cancelled)
{
	int code = wait_exitcode(status);

	if (wait_crashed(status))
		return "Zqq crashed (#4.3.0)";
	if (code == 0)
		return cancelled ? "Zqq read error (#4.3.0)" : "";
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		if (code >= verdicts[i].first && code <= verdicts[i].last)
			return verdicts[i].text;
	return "Zqq temporary problem (#4.3.0)";
}
