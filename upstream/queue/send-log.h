/* SPDX-License-Identifier: 0BSD */
/* The log of qmail-send, its descriptor 0. qmail-log(5) lists the lines. */
#ifndef QUEUE_SEND_LOG_H
#define QUEUE_SEND_LOG_H

#include "lib/str/slen.h"

/* A line is put together of pieces: text of ours; a decimal number; n bytes of
 * anybody's, in which a newline becomes a slash and everything else that is not
 * a visible ASCII character, and %, becomes _. log_end() ends the line, which
 * leaves in one write. What cannot be written is lost: mail goes on without a
 * log. */
void log_text(const char *text);
void log_number(unsigned long number);
void log_safe(const char *text, slen n);
void log_end(void);

/* A whole line of our own strings, up to a null pointer. */
void log_line(const char *first, ...) __attribute__((sentinel));

/* For alloc_failed: says that memory is short, without needing any, and waits
 * ten seconds. Everything in the queue can wait. */
void log_no_memory(void);

#endif
