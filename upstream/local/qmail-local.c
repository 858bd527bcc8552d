/* SPDX-License-Identifier: 0BSD */
/* qmail-local: delivers a message to a user, as that user. */
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/options.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/str/alloc.h"
#include "local/local-delivery.h"

static _Noreturn void usage(void)
{
	die(EXIT_PERM,
		"qmail-local: usage: qmail-local [-nN] user home local "
		"dash ext domain sender defaultdelivery",
		NULL);
}

static void no_memory(void)
{
	die(EXIT_TEMP, "Out of memory. (#4.3.0)", NULL);
}

int main(int argc, char **argv)
{
	struct local_delivery job = {0};
	int option;

	umask(077);
	alloc_failed = no_memory;
	while ((option = option_next(argc, argv, "nN")) != -1) {
		if (option == '?')
			usage();
		job.describe = option == 'n';
	}
	argv += optind;
	if (argc - optind != 8 || argv[1][0] != '/')
		usage();
	job.user = argv[0];
	job.home = argv[1];
	job.local = argv[2];
	job.dash = argv[3];
	job.ext = argv[4];
	job.host = argv[5];
	job.sender = argv[6];
	job.fallback = argv[7];
	return local_deliver(&job);
}
