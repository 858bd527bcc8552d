/* SPDX-License-Identifier: 0BSD */
/* Preprocessing: an accepted message's envelope becomes info, local and
 * remote. */
#ifndef QUEUE_PREPROCESS_H
#define QUEUE_PREPROCESS_H

/* Reads todo/id and writes the sender to info and each recipient, in the form
 * it is delivered to, to local or remote; then has todo removed. From then on
 * the message is preprocessed, and it is entered in the agenda. Returns 0; -1
 * after logging trouble: then todo/id is there still, and another call begins
 * from scratch. */
int preprocess(unsigned long id);

#endif
