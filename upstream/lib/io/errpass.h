/* SPDX-License-Identifier: 0BSD */
/* Which errors pass by themselves. */
#ifndef IO_ERRPASS_H
#define IO_ERRPASS_H

/* May the same call succeed later, with nothing repaired, after it failed with
 * this errno? Full disks and tables, exhausted memory, busy files and lost
 * networks. */
int errno_passes(int error);

#endif
