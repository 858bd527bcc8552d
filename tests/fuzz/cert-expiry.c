/* SPDX-License-Identifier: 0BSD */
/* Any bytes as a certificate. Input: a byte that says what follows: PEM as it is (0), or DER,
 * which is dressed as PEM here. A time that is read lies within what the formats can say. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/doctor-cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "\n-----END CERTIFICATE-----\n"

static size_t dress(char *out, const uint8_t *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *at = out;

	at += sprintf(at, "%s", BEGIN);
	for (size_t i = 0; i < size; i += 3) {
		unsigned long bits = (unsigned long)data[i] << 16;

		bits |= i + 1 < size ? (unsigned long)data[i + 1] << 8 : 0;
		bits |= i + 2 < size ? data[i + 2] : 0;
		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = i + 1 < size ? digits[bits >> 6 & 63] : '=';
		*at++ = i + 2 < size ? digits[bits & 63] : '=';
	}
	at += sprintf(at, "%s", END);
	return (size_t)(at - out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size * 2 + 100);
	char *exact;
	size_t n = size;
	time_t when = 0;

	if (!text || size == 0)
		goto out;
	if (data[0] == 0) {
		n = size - 1;
		memcpy(text, data + 1, n);
	} else {
		n = dress(text, data + 1, size - 1);
	}
	exact = malloc(n ? n : 1);
	if (!exact)
		goto out;
	memcpy(exact, text, n);
	if (cert_expiry(exact, (slen)n, &when) &&
		(when < -631152000 || when > 253402300799 + 40 * 86400))
		abort();
	free(exact);
out:
	free(text);
	return 0;
}
