/* SPDX-License-Identifier: 0BSD */
/* Delivering one message to one local address: what qmail-local does. */
#ifndef LOCAL_LOCAL_DELIVERY_H
#define LOCAL_LOCAL_DELIVERY_H

/* The address and where its user lives. See qmail-local(8). */
struct local_delivery {
	const char *user;
	const char *home;  /* begins with a slash */
	const char *local; /* the address's part before the @ */
	const char *dash;  /* what ends user's name in local, or empty */
	const char *ext;   /* the rest of local */
	const char *host;
	const char *sender;   /* envelope sender */
	const char *fallback; /* instructions where the user gave none */
	int describe;         /* only print what would be done */
};

/* Carries out the user's instructions for the message open at descriptor 0,
 * which must be seekable. Changes to the home directory, sets environment
 * variables, writes a report to descriptors 1 and 2. Returns EXIT_DONE,
 * EXIT_PERM or EXIT_TEMP. */
int local_deliver(const struct local_delivery *job);

#endif
