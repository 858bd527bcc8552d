/* SPDX-License-Identifier: 0BSD */
/* qmail-pw2u: turns passwd lines on descriptor 0 into users/assign on 1. */
#include <unistd.h>

#include "admin/pw2u.h"
#include "lib/io/fd.h"
#include "lib/io/options.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"

static void set_options(struct pw2u_options *options, int argc, char **argv)
{
	int option;

	while ((option = option_next(argc, argv, "/ohHuUCc:")) != -1)
		switch (option) {
		case '/':
			options->dash = "-/";
			break;
		case 'o':
			options->homes = PW2U_OWNED;
			break;
		case 'h':
			options->homes = PW2U_REQUIRED;
			break;
		case 'H':
			options->homes = PW2U_ANY;
			break;
		case 'u':
		case 'U':
			options->capitals = option == 'u';
			break;
		case 'C':
			options->wildcards = 0;
			break;
		case 'c':
			options->separator = *optarg;
			break;
		default:
			_exit(EXIT_PERM);
		}
}

int main(int argc, char **argv)
{
	struct pw2u_options options = {PW2U_OWNED, 0, 1, '-', "-"};
	static char in_mem[4096];
	static char out_mem[4096];
	struct inbuf in;
	struct outbuf out;

	set_options(&options, argc, argv);
	inbuf_init(&in, fd_read, 0, in_mem, sizeof in_mem);
	outbuf_init(&out, fd_write, 1, out_mem, sizeof out_mem);
	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, "qmail-pw2u: fatal: unable to chdir", NULL);
	pw2u_convert(&in, &out, &options);
	return EXIT_DONE;
}
