/* SPDX-License-Identifier: 0BSD */
/* A server that answers EHLO with anything: the session ends, the report is pieces of a
 * known letter and text, and what is offered lies within the reply.
 *
 * Input: the server's bytes. */
#include "smtp-peer.h"

#include "remote/offers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes themselves as a reply to EHLO. */
static void check_offers(const uint8_t *data, size_t size)
{
	static const char *const words[] = {"STARTTLS", "SIZE", "X"};
	struct stralloc text = {0};
	struct stralloc rest = {0};

	sa_copyb(&text, data, (slen)size);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		sa_clear(&rest);
		if (remote_offers(&text, words[i], &rest) &&
			(rest.len + strlen(words[i]) + 4 > text.len ||
				memchr(rest.s ? rest.s : "", '\n', rest.len)))
			abort();
	}
	sa_free(&text);
	sa_free(&rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stralloc address = {0};
	struct dialogue d = {.helo = &address,
		.ehlo = 1,
		.sender = &address,
		.recipients = &address,
		.count = 1};

	sa_copys(&address, "s@example.org");
	smtp_peer_start(&d, data, size);
	dialogue_run(&d);
	smtp_peer_check(d.count);
	check_offers(data, size);
	sa_free(&address);
	return 0;
}
