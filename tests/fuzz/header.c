/* SPDX-License-Identifier: 0BSD */
/* Headers of any bytes: no byte is lost; requests for receipts are read. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inject/receipt.h"
#include "lib/mail/header.h"
#include "memory-input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static void check_field(const struct stralloc *field)
{
	struct field_name name;

	check(field_name(&name, field->s, field->len), "field without name");
	check(name.len && name.len < name.value, "name and value overlap");
	check(field->s[field->len - 1] == '\n', "field not ended");
}

/* Takes n bytes at text off the data. */
static void take(const uint8_t **data, size_t *size, const char *text, size_t n)
{
	static const char mark[] = "MBOX-Line: ";
	size_t m = sizeof mark - 1;

	if (n > m && !memcmp(text, mark, m) &&
		(*size < m || memcmp(*data, mark, m) != 0)) {
		text += m;
		n -= m;
	}
	if (n == *size + 1 && text[n - 1] == '\n')
		--n;
	check(n <= *size, "more bytes than there were");
	check(n == 0 || memcmp(*data, text, n) == 0, "bytes changed");
	*data += n;
	*size -= n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char mem[64];
	struct inbuf in;
	struct header header;
	struct stralloc field = {0};
	const uint8_t *left = data;
	size_t left_size = size;
	slen skip;
	int r;

	memory_set(data, size);
	inbuf_init(&in, memory_read, 0, mem, sizeof mem);
	header_start(&header, &in);
	while ((r = header_next(&header, &field)) > 0) {
		check_field(&field);
		take(&left, &left_size, field.s, field.len);
	}
	check(r == 0, "reading failed");
	skip = header.ahead.len && (left_size == 0 || *left != '\n');
	if (header.ahead.len)
		take(&left, &left_size, header.ahead.s + skip,
			header.ahead.len - skip);
	check(left_size == memory_left + in.end - in.at, "bytes lost");
	header_free(&header);

	memory_set(data, size);
	inbuf_init(&in, memory_read, 0, mem, sizeof mem);
	sa_clear(&field);
	check(receipt_look(&in, "a@b", &field) != RECEIPT_UNREADABLE, "read");
	sa_free(&field);
	return 0;
}
