/* SPDX-License-Identifier: 0BSD */
/* When a deferred message is tried again. */
#ifndef QUEUE_RETRY_H
#define QUEUE_RETRY_H

#include <time.h>

/* How eager each channel is: the step of its schedule. */
enum { RETRY_STEP_LOCAL = 10, RETRY_STEP_REMOTE = 20 };

/* Seconds until something that failed for reasons of this machine is done
 * again. */
enum { RETRY_TROUBLE = 123 };

/* The time of the next attempt for a message that arrived at birth and is tried
 * now: the square root of its age grows by step from one attempt to the next.
 * So attempts fall at ages 0, step^2, (2 step)^2, ... A birth in the future
 * counts as now. */
time_t retry_time(time_t birth, time_t now, time_t step);

#endif
