/* SPDX-License-Identifier: 0BSD */
/* Starting the mail system: five programs, the pipes between them, an account
 * each. */
#ifndef QUEUE_START_H
#define QUEUE_START_H

/* Starts qmail-lspawn with these default delivery instructions, qmail-rspawn,
 * qmail-clean and, if logger is not null, the logger: a command, its words
 * ended by a null pointer. Then becomes qmail-send. Programs are found through
 * PATH. Returns only on failure; what runs by then ends by itself. */
void start_mail(char *instructions, char **logger);

#endif
