/* SPDX-License-Identifier: 0BSD */
/* The end of a message's life: nobody is left to deliver it to. */
#ifndef QUEUE_WINDUP_H
#define QUEUE_WINDUP_H

#include <time.h>

/* Winds up one message that is over, if the agenda has one: sends the bounce if
 * there were failures, then removes the message's files. In case of trouble the
 * message is entered in the agenda again, for later. */
void windup_step(time_t now);

#endif
