/* SPDX-License-Identifier: 0BSD */
/* DKIM signatures and key records of any bytes: reading ends, stays in bounds, and what
 * is sound has the form that the code behind it relies on.
 *
 * Input: a field; behind the first NUL a key record. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkim/canon.h"
#include "dkim/key.h"
#include "lib/str/byte.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct stralloc *name)
{
	if (name->len == 0 || name->len > 253)
		abort();
	for (slen i = 0; i < name->len; i++)
		if (name->s[i] <= ' ' || name->s[i] >= 127 ||
			(name->s[i] >= 'A' && name->s[i] <= 'Z'))
			abort();
}

static void check_names(const struct stralloc *names)
{
	slen count = 0;

	for (slen i = 0; i < names->len; i++)
		count += names->s[i] == '\0';
	if (count == 0 || count > DKIM_NAMES_MAX || names->s[names->len - 1])
		abort();
}

/* Without b= the field is shorter by that, and has no line end. */
static void check_field(
	const struct dkim_signature *signature, const char *field, size_t n)
{
	struct stralloc out = {0};

	if (signature->from > signature->to || signature->to > n)
		abort();
	for (int relaxed = 0; relaxed < 2; relaxed++) {
		sa_clear(&out);
		dkim_signature_put(&out, field, n, signature->from,
			signature->to, relaxed);
		if (out.len > 2 * n || (out.len && out.s[out.len - 1] == '\n'))
			abort();
	}
	sa_free(&out);
}

static void read_key(
	const struct dkim_signature *signature, const char *text, size_t n)
{
	struct dkim_key key = {0};

	if (dkim_key_read(&key, text, n, signature) == DKIM_PASS &&
		(key.bytes.len == 0 || key.bytes.len > n))
		abort();
	sa_free(&key.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dkim_signature signature = {0};
	/* an exact copy, so that a byte too far is noticed */
	char *field = malloc(size ? size : 1);
	size_t n;

	if (!field)
		return 0;
	if (size)
		memcpy(field, data, size);
	n = byte_find(field, size, '\0');
	if (dkim_signature_read(&signature, field, n, 1800000000) ==
		DKIM_PASS) {
		check_name(&signature.domain);
		check_name(&signature.selector);
		check_names(&signature.names);
		check_field(&signature, field, n);
	}
	for (int kind = 0; kind < 2 && n < size; kind++) {
		signature.algorithm = (enum dkim_algorithm)kind;
		read_key(&signature, field + n + 1, size - n - 1);
	}
	dkim_signature_free(&signature);
	free(field);
	return 0;
}
