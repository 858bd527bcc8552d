/* SPDX-License-Identifier: 0BSD */
/* Error numbers in words. */
#ifndef IO_ERRTEXT_H
#define IO_ERRTEXT_H

/* The words for an errno value: those that qmail's reports and logs have always
 * used for the common ones, the C library's otherwise. Never null; constant
 * until the next call. */
const char *errtext(int error);

#endif
