/* SPDX-License-Identifier: 0BSD */
/* Removing files from the queue for qmail-send: the job of qmail-clean. */
#ifndef QUEUE_CLEAN_H
#define QUEUE_CLEAN_H

/* Reads commands from one descriptor, each ended by NUL, and answers each on
 * the other as qmail-clean(8) says, up to end of file. The queue is the current
 * directory. Now and then it removes what broken-off arrivals left in pid.
 * Returns the exit code: 0; 100 if an answer could not be written. */
int clean_serve(int commands, int answers);

#endif
