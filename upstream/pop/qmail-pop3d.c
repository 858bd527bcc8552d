/* SPDX-License-Identifier: 0BSD */
/* qmail-pop3d: gives a POP3 client the messages of a Maildir. See
 * qmail-pop3d(8). */
#include <signal.h>
#include <stddef.h>

#include "lib/io/proc.h"
#include "pop/box.h"

int main(int argc, char **argv)
{
	static struct pop_box box;

	sig_ignore(SIGPIPE);
	pop_box_open(&box, 0, 1);
	pop_box_serve(&box, argc > 1 ? argv[1] : NULL);
	return 0;
}
