/* SPDX-License-Identifier: 0BSD */
/* The session of qmail-pop3d: a POP3 client reads a Maildir (RFC 1939). See
 * qmail-pop3d(8). */
#ifndef POP_BOX_H
#define POP_BOX_H

#include <sys/types.h>

#include "lib/io/chat.h"
#include "lib/mail/maildir.h"

/* A message of the list, beside its entry in the Maildir's list. */
struct pop_message {
	off_t size; /* of its file */
	int deleted;
};

struct pop_box {
	struct chat chat;
	struct maildir dir;
	struct pop_message *messages; /* as many as dir has */
	size_t last; /* highest number deleted since RSET; 0: none */
};

/* Fills in a session on two descriptors. */
void pop_box_open(struct pop_box *box, int in, int out);

/* Makes the Maildir the current directory, clears its tmp and serves the
 * client, or tells it why not. maildir may be null: there is none. */
void pop_box_serve(struct pop_box *box, const char *maildir);

#endif
