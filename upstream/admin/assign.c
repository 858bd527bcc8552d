/* SPDX-License-Identifier: 0BSD */
/* Compiling users/assign. */
#include "admin/assign.h"

#include <string.h>

#include "lib/str/byte.h"
#include "lib/str/case.h"

/* The fields behind the address: user, uid, gid, home, dash, extension. */
enum { FIELDS = 6 };

/* Cuts the next field, which a colon ends, off *at. Returns its length, or
 * -1. */
static long next_field(const char **at, slen *left)
{
	slen n = byte_find(*at, *left, ':');

	if (n == *left)
		return -1;
	*at += n + 1;
	*left -= n + 1;
	return n;
}

/* The value of a record: the six fields, each ended by NUL but the last. */
static int join_fields(struct stralloc *value, const char *at, slen left)
{
	sa_clear(value);
	for (int i = 0; i < FIELDS; i++) {
		const char *field = at;
		long n = next_field(&at, &left);

		if (n < 0)
			return 0;
		if (i)
			sa_0(value);
		sa_catb(value, field, (slen)n);
	}
	return 1;
}

/* Notes the byte that a wildcard ends with, as it was written. */
static void note_ending(struct stralloc *endings, char last)
{
	if (byte_find(endings->s, endings->len, last) == endings->len)
		sa_catc(endings, last);
}

static enum assign_result add_line(struct cdb_make *make,
	struct stralloc *endings, const char *line, slen left)
{
	struct stralloc key = {0};
	struct stralloc value = {0};
	const char *address = line + 1;
	const char *at = line + 1;
	enum assign_result result = ASSIGN_BAD;
	long n;

	left--;
	n = next_field(&at, &left);
	if (n >= 0 && join_fields(&value, at, left)) {
		sa_copys(&key, "!");
		sa_catb(&key, address, (slen)n);
		case_lowerb(key.s, key.len);
		if (*line == '=')
			sa_0(&key);
		else if (n > 0)
			note_ending(endings, address[n - 1]);
		result = cdb_make_add(
				 make, key.s, key.len, value.s, value.len) < 0
			? ASSIGN_NO_WRITE
			: ASSIGN_DONE;
	}
	sa_free(&key);
	sa_free(&value);
	return result;
}

enum assign_result assign_compile(struct cdb_make *make, struct inbuf *in)
{
	struct stralloc line = {0};
	struct stralloc endings = {0};
	enum assign_result result = ASSIGN_DONE;

	while (result == ASSIGN_DONE) {
		int r = inbuf_line(in, &line, '\n');

		if (r < 0) {
			result = ASSIGN_NO_READ;
		} else if (line.len && line.s[0] == '.') {
			if (cdb_make_add(make, "", 0, endings.s, endings.len) <
				0)
				result = ASSIGN_NO_WRITE;
			break;
		} else if (r == 0 ||
			byte_find(line.s, line.len, '\0') < line.len ||
			!memchr("=+", line.s[0], 2)) {
			result = ASSIGN_BAD;
		} else {
			result = add_line(make, &endings, line.s, line.len - 1);
		}
	}
	sa_free(&line);
	sa_free(&endings);
	return result;
}
