/* SPDX-License-Identifier: 0BSD */
/* Becoming another program. */
#ifndef LOCAL_EXECUTE_H
#define LOCAL_EXECUTE_H

/* Becomes the program args, found through PATH. If that cannot be, exits
 * silently: EXIT_PERM if there is no such program that may be run, else
 * EXIT_TEMP. */
_Noreturn void execute(char **args);

#endif
