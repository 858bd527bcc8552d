/* SPDX-License-Identifier: 0BSD */
/* Looking an address up in users/cdb. */
#include "local/userdb.h"

#include <errno.h>
#include <unistd.h>

#include "lib/io/cdb.h"
#include "lib/io/fd.h"
#include "lib/str/byte.h"
#include "lib/str/case.h"
#include "local/mailbox.h"

/* Replaces value with that of the key. Returns 1, 0 or -1 like cdb_find(). */
static int get(int fd, struct stralloc *value, const char *key, slen n)
{
	uint32_t len;
	int r = cdb_find(fd, key, n, &len);

	sa_clear(value);
	if (r <= 0)
		return r;
	if (len > MAILBOX_RECORD_MAX)
		return -1;
	sa_room(value, len);
	while (value->len < len) {
		ssize_t got = fd_read(
			fd, value->s + value->len, len - value->len);

		if (got <= 0)
			return -1;
		value->len += (slen)got;
	}
	return 1;
}

/* Makes the value a record: appends to its last field, which nothing ends in
 * the file, what the wildcard stands for. */
static void complete(struct stralloc *record, const char *rest, slen n)
{
	sa_catb(record, rest, n);
	sa_0(record);
}

/* Tries the wildcards that the name begins with, the whole name first. key is
 * '!' and the name in lower case; final holds the bytes that a wildcard may end
 * with. */
static int find_wildcard(int fd, struct stralloc *record, const char *key,
	const struct stralloc *final, const char *box, slen n)
{
	for (slen prefix = n;; --prefix) {
		int r = 0;

		if (prefix == 0 ||
			byte_find(final->s, final->len, key[prefix]) <
				final->len)
			r = get(fd, record, key, prefix + 1);
		if (r > 0)
			complete(record, box + prefix, n - prefix);
		if (r || prefix == 0)
			return r;
	}
}

static int find_in(int fd, struct stralloc *record, const char *box, slen n)
{
	struct stralloc key = {0};
	struct stralloc final = {0};
	int r;

	/* Every sound database has the empty key. */
	if (get(fd, &final, "", 0) != 1) {
		sa_free(&final);
		return -1;
	}
	sa_copys(&key, "!");
	sa_catb(&key, box, n);
	sa_0(&key);
	case_lowerb(key.s, key.len);
	r = get(fd, record, key.s, key.len);
	if (r > 0)
		complete(record, "", 0);
	if (r == 0)
		r = find_wildcard(fd, record, key.s, &final, box, n);
	sa_free(&key);
	sa_free(&final);
	return r;
}

int userdb_find(struct stralloc *record, const char *box, slen n)
{
	int fd = open_read("users/cdb");
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	r = find_in(fd, record, box, n);
	close(fd);
	return r;
}
