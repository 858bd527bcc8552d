/* SPDX-License-Identifier: 0BSD */
/* Asking a program for its opinion of a message. */
#ifndef LOCAL_ASK_H
#define LOCAL_ASK_H

/* Runs the program args (found through PATH, the list ended by a null pointer)
 * with the caller's descriptors, for the program called name. Returns 1 if it
 * exits 0, and 0 if it exits with another code, or cannot be run for good. Ends
 * the process with EXIT_TEMP, after saying so, if it exits EXIT_TEMP, crashes,
 * or cannot be run now. */
int ask(const char *name, char **args);

#endif
