/* SPDX-License-Identifier: 0BSD */
/* One message to the mail server of one host: qmail-remote's job. */
#ifndef REMOTE_TRANSFER_H
#define REMOTE_TRANSFER_H

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/mail/constmap.h"
#include "lib/str/stralloc.h"

/* What the control files say. */
struct remote_settings {
	struct stralloc helo;
	struct constmap routes;
	int timeout_connect; /* seconds */
	int timeout_remote;
};

/* Reads them; the installation's home is the current directory. Returns 1; 0 if
 * one cannot be read, or there is no name to say HELO with. A zeroed struct
 * will do. */
int remote_settings_read(struct remote_settings *settings);

/* The message, its envelope, and where reports go. */
struct transfer {
	const struct remote_settings *settings;
	struct inbuf *message;
	struct outbuf *report;
	const char *host;
	const char *sender;
	char *const *recipients; /* ends with a null pointer */
};

/* Delivers and puts the reports; flushing them is the caller's. */
void transfer_run(const struct transfer *job);

#endif
