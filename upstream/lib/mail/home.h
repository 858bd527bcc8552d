/* SPDX-License-Identifier: 0BSD */
/* Where the installation is. */
#ifndef MAIL_HOME_H
#define MAIL_HOME_H

/* The prefix the programs were compiled for, /var/qmail as a rule. Nothing at
 * run time can move it. */
extern const char qmail_home[];

#endif
