/* SPDX-License-Identifier: 0BSD */
/* qmail-send's line to qmail-clean, which owns mess, intd and todo. */
#ifndef QUEUE_CLEANER_H
#define QUEUE_CLEANER_H

/* Names the descriptors. */
void cleaner_open(int commands, int answers);

/* Have the files removed that a message has in intd and todo: it is
 * preprocessed. Or those in intd and mess: it is over, or never got as far as
 * todo. Return 1 when that is done; 0 if not, which is logged. If qmail-clean
 * is gone, qmail-send is to stop. */
int cleaner_remove_todo(unsigned long id);
int cleaner_remove_mess(unsigned long id);

#endif
