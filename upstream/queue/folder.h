/* SPDX-License-Identifier: 0BSD */
/* Reading the queue's folders. */
#ifndef QUEUE_FOLDER_H
#define QUEUE_FOLDER_H

#include <dirent.h>

/* Finds the next file of a message, whose name is the message's number as
 * layout.h writes it. Other names are passed over. Returns 1; 0 at the end; -1
 * with errno. */
int folder_next(DIR *dir, unsigned long *id);

#endif
