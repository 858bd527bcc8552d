/* SPDX-License-Identifier: 0BSD */
/* qmail-newu: compiles users/assign into users/cdb. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/assign.h"
#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"

#define FATAL "qmail-newu: fatal: "

static void compile(int from, int to)
{
	static struct cdb_make make;
	char mem[4096];
	struct inbuf in;
	enum assign_result result = ASSIGN_NO_WRITE;

	inbuf_init(&in, fd_read, from, mem, sizeof mem);
	if (cdb_make_start(&make, to) == 0)
		result = assign_compile(&make, &in);
	if (result == ASSIGN_DONE &&
		(cdb_make_finish(&make) < 0 || fsync(to) < 0 || close(to) < 0))
		result = ASSIGN_NO_WRITE;
	switch (result) {
	case ASSIGN_DONE:
		return;
	case ASSIGN_BAD:
		die(EXIT_TEMP, FATAL "bad format in users/assign", NULL);
	case ASSIGN_NO_READ:
		die(EXIT_TEMP, FATAL "unable to read users/assign", NULL);
	case ASSIGN_NO_WRITE:
		die(EXIT_TEMP, FATAL "unable to write users/cdb.tmp", NULL);
	}
}

int main(void)
{
	int from;
	int to;

	umask(033);
	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, FATAL "unable to chdir", NULL);
	from = open_read("users/assign");
	if (from < 0)
		die(EXIT_TEMP, FATAL "unable to open users/assign", NULL);
	to = open_trunc("users/cdb.tmp");
	if (to < 0)
		die(EXIT_TEMP, FATAL "unable to open users/cdb.tmp", NULL);
	compile(from, to);
	if (rename("users/cdb.tmp", "users/cdb") < 0)
		die(EXIT_TEMP,
			FATAL "unable to move users/cdb.tmp to "
			      "users/cdb",
			NULL);
	return EXIT_DONE;
}
