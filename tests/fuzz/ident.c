/* SPDX-License-Identifier: 0BSD */
/* The user in any reply of an ident server: one line of it, no control
 * characters and no blanks, no more than the reply held. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/ident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stralloc user;
	/* an exact copy, so that a byte too far is noticed */
	char *reply = malloc(size);
	const char *newline = size ? memchr(data, '\n', size) : NULL;
	size_t line = newline ? (size_t)(newline - (const char *)data) : size;

	if (!reply)
		return 0;
	if (size)
		memcpy(reply, data, size);
	sa_cats(&user, "the one before");
	ident_parse(&user, reply, (slen)size);
	check(user.len <= line);
	for (slen i = 0; i < user.len; i++)
		check((unsigned char)user.s[i] > ' ' && user.s[i] != 127);
	if (user.len)
		check(memchr(reply, ':', line) != NULL);
	free(reply);
	return 0;
}
