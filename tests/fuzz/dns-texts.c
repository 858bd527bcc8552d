/* SPDX-License-Identifier: 0BSD */
/* Text records in replies of any bytes: reading ends, stays in bounds, and gives no more
 * text than the reply has bytes.
 *
 * Input: the reply. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/dns-txt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_texts texts;
	unsigned char *reply = malloc(size ? size : 1);
	enum dns_result result;
	size_t total = 0;

	if (!reply)
		return 0;
	if (size)
		memcpy(reply, data, size);
	result = dns_texts_read(&texts, reply, size);
	if (texts.count > DNS_TEXTS_MAX || (result == DNS_OK && !texts.count))
		abort();
	for (slen i = 0; i < texts.count; i++)
		total += texts.text[i].len;
	if (total > size)
		abort();
	free(reply);
	return 0;
}
