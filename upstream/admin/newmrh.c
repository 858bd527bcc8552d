/* SPDX-License-Identifier: 0BSD */
/* Compiling control/morercpthosts. */
#include "admin/newmrh.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/cdb.h"
#include "lib/io/fd.h"
#include "lib/mail/control.h"
#include "lib/str/case.h"

static const char source[] = "control/morercpthosts";
static const char target[] = "control/morercpthosts.cdb";
static const char fresh[] = "control/morercpthosts.tmp";

/* One record a line: the key in lower case, as it is looked up, and no data. */
static int add_lines(struct cdb_make *make, struct stralloc *lines)
{
	case_lowerb(lines->s, lines->len);
	for (slen at = 0, n; at < lines->len; at += n + 1) {
		n = (slen)strlen(lines->s + at);
		if (cdb_make_add(make, lines->s + at, n, "", 0) < 0)
			return -1;
	}
	return 0;
}

static int write_database(int fd, struct stralloc *lines)
{
	static struct cdb_make make;

	if (cdb_make_start(&make, fd) < 0 || add_lines(&make, lines) < 0)
		return -1;
	return cdb_make_finish(&make) < 0 ? -1 : fsync(fd);
}

const char *newmrh_compile(void)
{
	struct stralloc lines = {0};
	int found = control_list(&lines, source);
	int fd;

	if (found == 0)
		errno = ENOENT;
	if (found <= 0)
		return "unable to read control/morercpthosts";
	umask(033);
	fd = open_trunc(fresh);
	if (fd < 0)
		return "unable to open control/morercpthosts.tmp";
	if (write_database(fd, &lines) < 0 || close(fd) < 0)
		return "unable to write to control/morercpthosts.tmp";
	if (rename(fresh, target) < 0)
		return "unable to move control/morercpthosts.tmp to "
		       "control/morercpthosts.cdb";
	sa_free(&lines);
	return NULL;
}
