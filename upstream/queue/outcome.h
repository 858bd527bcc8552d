/* SPDX-License-Identifier: 0BSD */
/* What becomes of a recipient once a delivery's report is in. */
#ifndef QUEUE_OUTCOME_H
#define QUEUE_OUTCOME_H

#include "queue/channel.h"

/* Logs the outcome and writes it into the queue: a recipient who has the
 * message, or never will, is marked as done in the channel's file; a failure is
 * noted for the bounce before that. A deferral leaves everything as it is,
 * unless the message is too old for another attempt: then it is a failure.
 * While a failure cannot be noted this waits, unless qmail-send is to stop:
 * then it is left for later. */
channel_outcome outcome_settle;

#endif
