/* SPDX-License-Identifier: 0BSD */
/* Taking one message into the queue: the whole of qmail-queue but for the
 * set-up of its process. */
#ifndef QUEUE_ACCEPT_H
#define QUEUE_ACCEPT_H

#include <sys/types.h>
#include <time.h>

/* Who brings the message, for its Received line and its envelope file. */
struct accept_origin {
	uid_t uid;      /* real user id of the caller */
	const char *by; /* stands for the uid in the line; null: the number */
	pid_t pid;
	time_t when;
};

/* Reads a message from one descriptor, to its end, then an envelope from the
 * other, and puts both into the queue, which is the current directory, with
 * umask 033. The message counts as accepted from the moment its envelope is
 * linked into todo.
 *
 * Returns 0, or what qmail-queue exits with (lib/mail/submit-verdict.h). After
 * a read or write error nothing is left in the queue. After any other failure
 * files may be, which qmail-send removes after 36 hours. */
int accept_message(
	const struct accept_origin *origin, int message, int envelope);

#endif
