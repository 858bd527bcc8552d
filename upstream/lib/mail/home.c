/* SPDX-License-Identifier: 0BSD */
/* Where the installation is. */
#include "lib/mail/home.h"

const char qmail_home[] = PREFIX;
