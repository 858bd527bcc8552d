/* SPDX-License-Identifier: 0BSD */
/* Messages of any bytes in DKIM's forms: however a body is cut into pieces, its form is
 * the same, and that of the form is the form itself; header fields are found all, and
 * the domain in From is a part of it.
 *
 * Input: a byte that says where to cut; the message. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkim/canon.h"
#include "dkim/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void keep(void *to, const char *from, size_t n)
{
	sa_catb(to, from, n);
}

static void form(struct stralloc *out, const char *text, size_t n, int relaxed,
	size_t step)
{
	struct dkim_body body;

	sa_clear(out);
	dkim_body_start(&body, relaxed, UINT64_MAX, keep, out);
	for (size_t at = 0; at < n; at += step)
		dkim_body_put(
			&body, text + at, n - at < step ? n - at : step);
	dkim_body_end(&body);
	if (body.total != out->len)
		abort();
}

static void same(const struct stralloc *a, const struct stralloc *b)
{
	if (a->len != b->len || (a->len && memcmp(a->s, b->s, a->len) != 0))
		abort();
}

static void check_body(const char *text, size_t n, size_t step)
{
	struct stralloc whole = {0};
	struct stralloc parts = {0};

	for (int relaxed = 0; relaxed < 2; relaxed++) {
		form(&whole, text, n, relaxed, n + 1);
		form(&parts, text, n, relaxed, step);
		same(&whole, &parts);
		if (whole.len &&
			(whole.len < 2 || whole.s[whole.len - 1] != '\n' ||
				whole.s[whole.len - 2] != '\r'))
			abort();
		if (whole.len > 2 * n + 2)
			abort();
	}
	sa_free(&whole);
	sa_free(&parts);
}

static void check_header(const char *text, size_t n)
{
	struct dkim_fields fields = {0};
	struct dkim_signature signature = {0};
	struct stralloc domain = {0};
	slen at = 0;

	if (dkim_fields_read(&fields, text, n)) {
		for (slen i = 0; i < fields.count; i++) {
			if (fields.field[i].at != at ||
				fields.field[i].len == 0)
				abort();
			at += fields.field[i].len;
		}
		if (at > n || (at < n && text[at] != '\n'))
			abort();
		if (dkim_from_domain(&fields, &domain) && domain.len > n)
			abort();
	}
	if (fields.count > 0) {
		sa_copyb(&signature.names, "from\0to\0from\0x\0", 15);
		dkim_fields_signed(&fields, 0, &signature, &domain);
		if (domain.len > 2 * n + 2)
			abort();
	}
	dkim_signature_free(&signature);
	dkim_fields_free(&fields);
	sa_free(&domain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	check_body(text, size - 1, 1u + data[0]);
	check_header(text, size - 1);
	free(text);
	return 0;
}
