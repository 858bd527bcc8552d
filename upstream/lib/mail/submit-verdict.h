/* SPDX-License-Identifier: 0BSD */
/* What the exit codes of qmail-queue mean. See qmail-queue(8). */
#ifndef MAIL_SUBMIT_VERDICT_H
#define MAIL_SUBMIT_VERDICT_H

/* The codes that more than one program uses by name. */
enum {
	QUEUE_ADDRESS_TOO_LONG = 11,
	QUEUE_REJECTED = 31,
	QUEUE_NO_MEMORY = 51,
	QUEUE_TIMEOUT = 52,
	QUEUE_WRITE_ERROR = 53,
	QUEUE_READ_ERROR = 54,
	QUEUE_NO_CONFIG = 55,
	QUEUE_NO_NETWORK = 56,
	QUEUE_NO_HOME = 61,
	QUEUE_NO_DIRECTORY = 62,
	QUEUE_PID_FILE = 63,
	QUEUE_MESS_FILE = 64,
	QUEUE_INTD_FILE = 65,
	QUEUE_TODO_LINK = 66,
	QUEUE_DEFERRED = 71,
	QUEUE_NET_TIMEOUT = 72,
	QUEUE_NET_REFUSED = 73,
	QUEUE_NET_BROKEN = 74,
	QUEUE_BUG = 81,
	QUEUE_BAD_ENVELOPE = 91,
	QUEUE_NO_EXEC = 120
};

/* The verdict on a queue program that ended with this wait status: an empty
 * string if the message is queued, else D or Z and a text. cancelled says that
 * the submitter gave up, so that success would be none. */
const char *submit_verdict(int status, int cancelled);

#endif
