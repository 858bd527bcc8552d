/* SPDX-License-Identifier: 0BSD */
/* texts NAME: what dns_texts() says of a name. */
#include <string.h>

#include "lib/io/fd.h"
#include "lib/io/outbuf.h"
#include "lib/net/dns-txt.h"

int main(int argc, char **argv)
{
	static struct dns_texts texts;
	static char mem[4096];
	struct outbuf out;
	enum dns_result result;

	if (argc != 2)
		return 1;
	outbuf_init(&out, fd_write, 1, mem, sizeof mem);
	result = dns_texts(&texts, argv[1], strlen(argv[1]));
	outbuf_puts(&out,
		result == DNS_OK           ? "ok"
			: result == DNS_NONE ? "none"
					     : "temp");
	outbuf_puts(&out, texts.more ? " more\n" : "\n");
	for (slen i = 0; i < texts.count; i++) {
		outbuf_putsa(&out, &texts.text[i]);
		outbuf_putc(&out, '\n');
	}
	dns_texts_free(&texts);
	return outbuf_flush(&out) < 0;
}
