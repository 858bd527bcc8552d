/* SPDX-License-Identifier: 0BSD */
/* What the administrator and the server that accepted the connection have
 * settled for an SMTP session. */
#ifndef SMTP_POLICY_H
#define SMTP_POLICY_H

#include <stdint.h>

#include "lib/mail/constmap.h"
#include "lib/str/stralloc.h"

struct smtp_policy {
	struct stralloc greeting;
	long timeout;       /* seconds, at least 1 */
	uint32_t databytes; /* largest message; 0: any */
	int has_localiphost;
	struct stralloc localiphost;
	struct constmap badmailfrom;
	const char *relayclient; /* null: recipients must be in rcpthosts */
};

/* Reads the control files, rcpthosts among them, and the environment. The
 * current directory is the installation's home. Returns 0; -1 if anything
 * cannot be read or there is no greeting. */
int smtp_policy_read(struct smtp_policy *policy);

/* The size limit for messages, in bytes, 0 for none: DATABYTES if it is set,
 * else control/databytes. Returns 0, or -1 with errno. */
int smtp_policy_databytes(uint32_t *limit);

#endif
