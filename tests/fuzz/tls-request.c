/* SPDX-License-Identifier: 0BSD */
/* What a caller sends to qmail-tlsd: any bytes. A request that is taken has a side, and
 * values of printable ASCII within bounds, and reads the same when it is written again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/tlsfields.h"
#include "tls/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const char *value, size_t most)
{
	if (strlen(value) > most)
		abort();
	for (; *value; value++)
		if (*value < ' ' || *value > '~')
			abort();
}

static void write_again(struct stralloc *text, const struct tlsd_request *r)
{
	tlsfields_put(text, "version", "1");
	tlsfields_put(text, "side", r->server ? "server" : "client");
	tlsfields_put(text, "verify", r->verify ? "yes" : "no");
	tlsfields_put(text, "name", r->name);
	tlsfields_put(text, "alpn", r->alpn);
	if (tlsfields_fit(r->ciphers) != (strlen(r->ciphers) <= 500))
		abort();
	if (tlsfields_fit(r->ciphers))
		tlsfields_put(text, "ciphers", r->ciphers);
	tlsfields_end(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* an exact copy, so that a byte too far is noticed */
	char *text = malloc(size ? size : 1);
	struct tlsd_request first, second;
	struct stralloc again = {0};

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	if (tlsd_request_read(&first, text, size) == 0) {
		if (size > TLSFIELDS_MAX || size < 2 || data[size - 1] != '\n')
			abort();
		check_value(first.name, 253);
		check_value(first.alpn, 255);
		check_value(first.ciphers, TLSFIELDS_MAX);
		write_again(&again, &first);
		if (tlsd_request_read(&second, again.s, again.len) < 0 ||
			first.server != second.server || first.verify != second.verify ||
			strcmp(first.name, second.name) != 0 ||
			strcmp(first.alpn, second.alpn) != 0)
			abort();
	}
	sa_free(&again);
	free(text);
	return 0;
}
