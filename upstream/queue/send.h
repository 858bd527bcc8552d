/* SPDX-License-Identifier: 0BSD */
/* The whole of qmail-send but for the set-up of its process. */
#ifndef QUEUE_SEND_H
#define QUEUE_SEND_H

/* Descriptors that qmail-start connected. */
enum {
	SEND_TO_LOCAL = 1,
	SEND_FROM_LOCAL = 2,
	SEND_TO_REMOTE = 3,
	SEND_FROM_REMOTE = 4,
	SEND_TO_CLEAN = 5,
	SEND_FROM_CLEAN = 6
};

/* Reads the control files, below the current directory. Returns 0; -1 if one
 * that is there cannot be read, or one that must be there is not. */
int send_load(void);

/* Connects the channels. The queue is the current directory from here on.
 * Returns 0; -1 if a spawner is not there. */
int send_connect(void);

/* Works until it is asked to stop and every delivery under way is reported. */
void send_run(void);

#endif
