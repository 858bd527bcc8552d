/* SPDX-License-Identifier: 0BSD */
/* What a mail program reads from qmail-tlsd: any bytes. Whatever they are, every value of
 * the verdict is a C string of printable ASCII, and a session has a protocol and a cipher,
 * a failure a fault and a reason. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/net/tlsask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const char *value)
{
	if (!value)
		abort();
	for (; *value; value++)
		if (*value < ' ' || *value > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tlsask_verdict v = {0};
	int result = tlsask_parse(&v, (const char *)data, size);
	const char *values[] = {v.fault, v.why, v.protocol, v.cipher, v.group, v.bits,
		v.resumed, v.alpn, v.name, v.peer, v.subject, v.issuer, v.email};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		check_value(values[i]);
	if (result == 1 ? !*v.protocol || !*v.cipher : !*v.fault || !*v.why)
		abort();
	tlsask_free(&v);
	return 0;
}
