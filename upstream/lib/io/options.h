/* SPDX-License-Identifier: 0BSD */
/* Command line options. */
#ifndef IO_OPTIONS_H
#define IO_OPTIONS_H

/* The next option letter of the command line, as getopt(3) finds it: letters
 * lists the known ones, a colon behind a letter that takes a value, two behind
 * one whose value is the rest of its word; options end at the first other
 * word. The value is in optarg, the first word behind the options is at optind
 * afterwards.
 *
 * Returns -1 at the end of the options; ? for an option that is not known or
 * lacks its value, after telling so on descriptor 2 in the name of the
 * program. */
int option_next(int argc, char **argv, const char *letters);

#endif
