/* SPDX-License-Identifier: 0BSD */
/* Delivery to other addresses. */
#include "local/deliver.h"

#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "local/redirect.h"

int deliver_forward(const struct stamp *stamp, const char *sender,
	const struct stralloc *recipients, unsigned long *qp)
{
	const char *verdict = redirect(
		stamp->delivered_to.s, sender, recipients, qp);

	if (!*verdict)
		return EXIT_DONE;
	say("Unable to forward message: ", verdict + 1, ".", NULL);
	return *verdict == 'D' ? EXIT_PERM : EXIT_TEMP;
}
