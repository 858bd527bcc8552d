/* SPDX-License-Identifier: 0BSD */
/* forward: sends a message on to other addresses, from a .qmail file. */
#include "lib/str/stralloc.h"
#include "local/redirect.h"

int main(int argc, char **argv)
{
	static const char name[] = "forward";
	const char *sender = redirect_need(name, "NEWSENDER");
	struct stralloc recipients = {0};

	for (int i = 1; i < argc; i++) {
		sa_cats(&recipients, argv[i]);
		sa_0(&recipients);
	}
	return redirect_as(name, sender, &recipients);
}
