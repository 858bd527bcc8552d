/* SPDX-License-Identifier: 0BSD */
/* condredirect: sends a message to another address if a program says so. */
#include <stddef.h>

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/str/stralloc.h"
#include "local/ask.h"
#include "local/redirect.h"

int main(int argc, char **argv)
{
	static const char name[] = "condredirect";
	struct stralloc recipient = {0};
	int code;

	if (argc < 3)
		die(EXIT_PERM,
			"condredirect: usage: condredirect address "
			"program [arg ...]",
			NULL);
	if (!ask(name, argv + 2))
		return EXIT_DONE;
	sa_cats(&recipient, argv[1]);
	sa_0(&recipient);
	code = redirect_as(name, redirect_need(name, "SENDER"), &recipient);
	return code == EXIT_DONE ? EXIT_LAST : code;
}
