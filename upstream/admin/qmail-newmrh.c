/* SPDX-License-Identifier: 0BSD */
/* qmail-newmrh: compiles control/morercpthosts. See qmail-newmrh(8). */
#include <stddef.h>
#include <unistd.h>

#include "admin/newmrh.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"

#define FATAL "qmail-newmrh: fatal: "

int main(void)
{
	const char *trouble;

	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, FATAL "unable to chdir to ", qmail_home,
			die_errno, NULL);
	trouble = newmrh_compile();
	if (trouble)
		die(EXIT_TEMP, FATAL, trouble, die_errno, NULL);
	return EXIT_DONE;
}
