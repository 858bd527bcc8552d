/* SPDX-License-Identifier: 0BSD */
/* qmail-getpw: prints whose mailbox a name is. */
#include "lib/io/fd.h"
#include "lib/io/outbuf.h"
#include "lib/mail/exits.h"
#include "local/getpw.h"

int main(int argc, char **argv)
{
	struct stralloc record = {0};
	struct outbuf out;
	char mem[512];
	int code;

	if (argc < 2)
		return EXIT_PERM;
	code = getpw_record(&record, argv[1]);
	if (code)
		return code;
	outbuf_init(&out, fd_write, 1, mem, sizeof mem);
	outbuf_putsa(&out, &record);
	return outbuf_flush(&out) < 0 ? EXIT_TEMP : EXIT_DONE;
}
