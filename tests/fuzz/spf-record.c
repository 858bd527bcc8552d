/* SPDX-License-Identifier: 0BSD */
/* Terms of an SPF record: they lie in the record, do not depend on what stands behind
 * them, and what their macros come to is bounded.
 *
 * Input: lines: sender's local part, HELO, domain, then the record. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spf/macro.h"
#include "spf/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void line(struct stralloc *to, const uint8_t **data, size_t *size)
{
	const uint8_t *lf = memchr(*data, '\n', *size);
	size_t n = lf ? (size_t)(lf - *data) : *size;

	sa_copyb(to, *data, n);
	n += lf != NULL;
	*data += n;
	*size -= n;
}

static void whose_name(void *with, struct stralloc *name)
{
	sa_cat(name, with);
}

static void expand(const struct spf_term *term, const struct spf_values *values)
{
	struct stralloc out = {0};

	check(spf_macro_domain(term->domain, term->domainlen));
	if (spf_macro_name(&out, term->domain, term->domainlen, values))
		check(out.len <= 253);
	sa_clear(&out);
	if (spf_macro_expand(&out, term->domain, term->domainlen, values))
		check(out.len <= SPF_MACRO_MAX);
	sa_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spf_values values = {.validated = whose_name};
	struct stralloc domain = {0};
	struct stralloc out = {0};
	struct spf_term term;
	char *text;
	slen at = 0;
	slen before = 0;
	int r;

	spf_ip_scan(&values.ip, "2001:db8::1", 11);
	values.domain = &domain;
	values.with = &domain;
	line(&values.local, &data, &size);
	line(&values.helo, &data, &size);
	line(&domain, &data, &size);
	sa_copy(&values.origin, &domain);
	text = malloc(size ? size : 1);
	memcpy(text, data, size);
	while ((r = spf_term_next(&term, text, size, &at)) > 0) {
		struct spf_term same;

		check(at > before && at <= size);
		before = at;
		check(term.len && term.text + term.len == text + at);
		check(spf_term_read(&same, term.text, term.len));
		check(same.kind == term.kind && same.bits6 == term.bits6);
		check(term.bits4 <= 128 && term.bits6 <= 128);
		if (term.domainlen)
			expand(&term, &values);
	}
	check(spf_record_check(&term, text, size) <= (r == 0));
	if (spf_macro_string(text, size, 1) &&
		spf_macro_expand(&out, text, size, &values))
		check(out.len <= SPF_MACRO_MAX);
	free(text);
	sa_free(&out);
	sa_free(&domain);
	sa_free(&values.local);
	sa_free(&values.helo);
	sa_free(&values.origin);
	return 0;
}
