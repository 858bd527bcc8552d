/* SPDX-License-Identifier: 0BSD */
/* qmail-tcpto: lists the hosts that connections have timed out to. */
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "lib/str/fmt.h"
#include "remote/tcpto.h"

static void list_record(struct outbuf *out, const struct tcpto_record *record,
	unsigned long now)
{
	char ip[IP_FMT];

	outbuf_put(out, ip, ip_fmt(ip, &record->ip));
	outbuf_puts(out, " timed out ");
	outbuf_putnum(out, now - record->when);
	outbuf_puts(out, " seconds ago; # recent timeouts: ");
	outbuf_putnum(out, (unsigned long)record->timeouts);
	outbuf_putc(out, '\n');
}

int main(void)
{
	unsigned char table[TCPTO_SIZE];
	struct tcpto_record record;
	struct outbuf out;
	char mem[1024];
	int records;

	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, "qmail-tcpto: fatal: unable to chdir to ",
			qmail_home, die_errno, NULL);
	records = tcpto_load(table);
	if (records < 0)
		die(EXIT_TEMP,
			"qmail-tcpto: fatal: unable to read queue/lock/"
			"tcpto",
			die_errno, NULL);
	outbuf_init(&out, fd_write, 1, mem, sizeof mem);
	for (int i = 0; i < records; i++) {
		tcpto_unpack(&record, table + i * TCPTO_RECORD);
		if (record.timeouts > 0)
			list_record(&out, &record, (unsigned long)time(NULL));
	}
	if (outbuf_flush(&out) < 0)
		die(EXIT_TEMP, "qmail-tcpto: fatal: unable to write", die_errno,
			NULL);
	return 0;
}
