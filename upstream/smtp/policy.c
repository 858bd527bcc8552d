/* SPDX-License-Identifier: 0BSD */
/* What is settled for an SMTP session. */
#include "smtp/policy.h"

#include <stdlib.h>

#include "lib/mail/control.h"
#include "lib/str/scan.h"
#include "smtp/rcpthosts.h"

enum { TIMEOUT_DEFAULT = 1200 }; /* seconds; qmail-control(5) */

int smtp_policy_databytes(uint32_t *limit)
{
	const char *text = getenv("DATABYTES");
	unsigned long number;
	int value = 0;

	if (control_int(&value, "control/databytes") < 0)
		return -1;
	*limit = (uint32_t)value;
	if (text) {
		scan_ulong(text, &number);
		*limit = (uint32_t)number;
	}
	return 0;
}

static int read_timeout(long *seconds)
{
	int value = TIMEOUT_DEFAULT;

	if (control_int(&value, "control/timeoutsmtpd") < 0)
		return -1;
	*seconds = value > 0 ? value : 1;
	return 0;
}

static int read_badmailfrom(struct constmap *map)
{
	struct stralloc lines = {0};

	if (control_list(&lines, "control/badmailfrom") < 0)
		return -1;
	constmap_make(map, &lines, CONSTMAP_KEYS);
	sa_free(&lines);
	return 0;
}

int smtp_policy_read(struct smtp_policy *policy)
{
	*policy = (struct smtp_policy){.relayclient = getenv("RELAYCLIENT")};
	if (control_line_or_me(
		    &policy->greeting, "control/smtpgreeting", NULL) != 1)
		return -1;
	policy->has_localiphost = control_line_or_me(
		&policy->localiphost, "control/localiphost", NULL);
	if (policy->has_localiphost < 0)
		return -1;
	if (read_timeout(&policy->timeout) < 0 ||
		read_badmailfrom(&policy->badmailfrom) < 0)
		return -1;
	if (rcpthosts_read() < 0)
		return -1;
	return smtp_policy_databytes(&policy->databytes);
}
