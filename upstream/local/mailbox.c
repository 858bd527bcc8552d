/* SPDX-License-Identifier: 0BSD */
/* A mailbox record: which account a local address belongs to. */
#include "local/mailbox.h"

#include <stddef.h>

#include "lib/str/byte.h"
#include "lib/str/scan.h"

/* Digits in the greatest id; so many never wrap in the scan. */
enum { ID_DIGITS = 10 };

/* The greatest number that both kinds of id hold, short of the one that the
 * system calls take for "leave it alone". */
static const unsigned long id_max = 0xfffffffeUL;

/* Cuts the next field off. Null if there is none that is ended. */
static char *next_field(const struct stralloc *record, slen *at)
{
	char *field = record->s + *at;
	slen n = byte_find(field, record->len - *at, '\0');

	if (n == record->len - *at)
		return NULL;
	*at += n + 1;
	return field;
}

static int parse_id(const char *text, unsigned long *id)
{
	slen digits = text ? scan_ulong(text, id) : 0;

	return digits > 0 && digits <= ID_DIGITS && *id <= id_max ? 0 : -1;
}

int mailbox_parse(struct mailbox *mailbox, const struct stralloc *record)
{
	unsigned long uid, gid;
	slen at = 0;

	if (record->len == 0)
		return -1;
	mailbox->user = next_field(record, &at);
	if (parse_id(next_field(record, &at), &uid) < 0)
		return -1;
	if (parse_id(next_field(record, &at), &gid) < 0)
		return -1;
	mailbox->uid = (uid_t)uid;
	mailbox->gid = (gid_t)gid;
	mailbox->home = next_field(record, &at);
	mailbox->dash = next_field(record, &at);
	mailbox->ext = next_field(record, &at);
	/* Once a field is missing, so are all after it. */
	return mailbox->ext ? 0 : -1;
}
