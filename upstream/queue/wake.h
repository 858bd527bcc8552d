/* SPDX-License-Identifier: 0BSD */
/* Telling qmail-send that todo has something new. */
#ifndef QUEUE_WAKE_H
#define QUEUE_WAKE_H

/* Writes a byte into lock/trigger, below the current directory, if somebody
 * reads it. Trouble is ignored: qmail-send looks from time to time in any
 * case. */
void wake_sender(void);

#endif
