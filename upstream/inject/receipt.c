/* SPDX-License-Identifier: 0BSD */
/* Answers to messages that ask for a notice of their delivery. */
#include "inject/receipt.h"

#include "lib/mail/addrlist.h"
#include "lib/mail/header.h"
#include "lib/mail/quote.h"
#include "lib/mail/submit.h"

/* Is address among those in the n bytes at value? Returns -1 for a malformed
 * list. */
static int names_address(const char *value, slen n, const char *address)
{
	struct tokens words = {0};
	struct addrlist list = {0};
	struct stralloc flat = {0};
	int r = tokens_scan(&words, value, n);

	if (r == 0)
		r = addrlist_find(&list, &words);
	for (slen i = 0; r == 0 && i < list.count; i++) {
		sa_clear(&flat);
		tokens_flat(&flat, &list.at[i].words);
		r = sa_is(&flat, address);
	}
	tokens_free(&words);
	addrlist_free(&list);
	sa_free(&flat);
	return r;
}

enum receipt receipt_look(
	struct inbuf *in, const char *address, struct stralloc *id)
{
	struct header header;
	struct stralloc field = {0};
	struct field_name name;
	enum receipt found = RECEIPT_NONE;
	int more;

	header_start(&header, in);
	while (found < RECEIPT_MALFORMED &&
		(more = header_next(&header, &field)) != 0) {
		int r = 0;

		if (more < 0) {
			found = RECEIPT_UNREADABLE;
			break;
		}
		field_name(&name, field.s, field.len);
		if (field_is(&name, "Message-ID"))
			sa_copy(id, &field);
		if (field_is(&name, "Notice-Requested-Upon-Delivery-To"))
			r = names_address(field.s + name.value,
				field.len - name.value, address);
		if (r > 0)
			found = RECEIPT_WANTED;
		if (r < 0) {
			found = RECEIPT_MALFORMED;
			sa_copy(id, &field);
		}
	}
	header_free(&header);
	sa_free(&field);
	return found;
}

const char *receipt_send(
	const char *sender, const char *address, const struct stralloc *id)
{
	struct submit sub;
	struct stralloc to = {0};

	if (submit_open(&sub) < 0)
		return NULL;
	quote_addr(&to, sender);
	sa_0(&to);
	submit_puts(&sub, "From: DELIVERY NOTICE SYSTEM <");
	submit_puts(&sub, to.s);
	submit_puts(&sub, ">\nTo: <");
	submit_puts(&sub, to.s);
	submit_puts(&sub,
		">\nSubject: success notice\n\n"
		"Hi! This is the qreceipt program. "
		"Your message was delivered to the\nfollowing address: ");
	submit_puts(&sub, address);
	submit_puts(&sub, ". Thanks for asking.\n");
	if (id->len) {
		submit_puts(&sub, "Your ");
		submit_put(&sub, id->s, id->len);
	}
	submit_from(&sub, "");
	submit_to(&sub, sender);
	sa_free(&to);
	return submit_close(&sub);
}
