/* SPDX-License-Identifier: 0BSD */
/* Starting local deliveries as the accounts they are for: the job of
 * qmail-lspawn. */
#ifndef LOCAL_LSPAWN_H
#define LOCAL_LSPAWN_H

/* Serves qmail-send on descriptors 0 and 1 (queue/spawn.h), with queue/mess as
 * the current directory. instructions are what a user's mail is delivered by
 * who has none of his own. Returns the exit code. */
int lspawn_serve(char *instructions);

#endif
