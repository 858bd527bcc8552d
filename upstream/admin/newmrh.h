/* SPDX-License-Identifier: 0BSD */
/* Compiling control/morercpthosts. See qmail-newmrh(8). */
#ifndef ADMIN_NEWMRH_H
#define ADMIN_NEWMRH_H

/* Makes control/morercpthosts.cdb from control/morercpthosts, in the current
 * directory: the new file takes the old one's place when it is complete and
 * on disk. Returns null; or what failed, as "unable to ...", with errno. */
const char *newmrh_compile(void);

#endif
