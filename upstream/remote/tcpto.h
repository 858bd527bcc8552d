/* SPDX-License-Identifier: 0BSD */
/* The table of hosts that connections have timed out to lately: the file
 * queue/lock/tcpto below the installation's home, which must be the current
 * directory. Deliveries use it to leave such hosts alone for a while; it is a
 * hint, and trouble with it is no trouble. See qmail-tcpto(8). */
#ifndef REMOTE_TCPTO_H
#define REMOTE_TCPTO_H

#include "lib/net/ip.h"

/* The file: so many records of so many bytes. */
enum {
	TCPTO_RECORDS = 64,
	TCPTO_RECORD = 16,
	TCPTO_SIZE = TCPTO_RECORDS * TCPTO_RECORD
};

struct tcpto_record {
	struct ip_addr ip;
	int timeouts;       /* in a row; below 1: nothing is known of it */
	unsigned long when; /* of the last one that counted; 32 bits */
};

/* Reads a record of the file. */
void tcpto_unpack(struct tcpto_record *record, const unsigned char *bytes);

/* Reads the table (TCPTO_SIZE bytes) while nobody writes to it. Returns how
 * many records the file has; -1 with errno if it cannot be read. */
int tcpto_load(unsigned char *table);

/* Should the host be left alone now? */
int tcpto_avoid(const struct ip_addr *ip);

/* Notes that a connection to the host timed out, or that it did not. */
void tcpto_note(const struct ip_addr *ip, int timed_out);

/* Forgets all: the file becomes TCPTO_SIZE bytes of zeros. Returns 0; -1 with
 * errno if it is missing or cannot be written. */
int tcpto_forget(void);

#endif
