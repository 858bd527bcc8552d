/* SPDX-License-Identifier: 0BSD */
/* qmail-showctl: shows how the mail server is set up. */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "admin/showctl.h"
#include "lib/io/fd.h"
#include "lib/io/proc.h"
#include "lib/mail/accounts.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "queue/layout.h"
#include "queue/spawn.h"

#define SHOWCTL_TABLE(name) extern const struct showctl_setting name[];
#include "showctl-tables.h"
#undef SHOWCTL_TABLE

#define SHOWCTL_TABLE(name) name,
static const struct showctl_setting *const tables[] = {
#include "showctl-tables.h"
	0};
#undef SHOWCTL_TABLE

static const char *const users[] = {
	"alias", "qmaild", "qmaill", "qmailp", "qmailq", "qmailr", "qmails", 0};
static const char *const groups[] = {"qmail", "nofiles", 0};

static struct outbuf out;

static void put_id(const char *name, int found, unsigned long id)
{
	outbuf_putc(&out, ' ');
	outbuf_puts(&out, name);
	outbuf_putc(&out, '=');
	if (found)
		outbuf_putnum(&out, id);
	else
		outbuf_puts(&out, "missing");
}

static void put_number(const char *what, unsigned long number)
{
	outbuf_puts(&out, what);
	outbuf_putnum(&out, number);
	outbuf_puts(&out, ".\n");
}

/* What was fixed when the programs were compiled. */
static void print_installation(void)
{
	uid_t uid = 0;
	gid_t gid = 0;
	int found;

	outbuf_puts(&out, "qmail home directory: ");
	outbuf_puts(&out, qmail_home);
	outbuf_puts(&out, ".\nuser-ext delimiter: -.\n");
	outbuf_puts(&out, "paternalism (in decimal): 2.\n");
	put_number("silent concurrency limit: ", SPAWN_MAX);
	put_number("subdirectory split: ", LAYOUT_SPLIT);
	outbuf_puts(&out, "user ids:");
	for (int i = 0; users[i]; i++) {
		found = account_uid(users[i], &uid) == 0;
		put_id(users[i], found, uid);
	}
	outbuf_puts(&out, "\ngroup ids:");
	for (int i = 0; groups[i]; i++) {
		found = account_gid(groups[i], &gid) == 0;
		put_id(groups[i], found, gid);
	}
	outbuf_putc(&out, '\n');
}

static int is_known(const char *name)
{
	for (int i = 0; tables[i]; i++)
		for (const struct showctl_setting *set = tables[i]; set->name;
			set++)
			if (strcmp(set->name, name) == 0)
				return 1;
	return 0;
}

static void print_unknown(void)
{
	struct dirent *entry;
	DIR *dir = opendir("control");

	if (!dir)
		die(EXIT_TEMP, "qmail-showctl: fatal: unable to open control",
			die_errno, NULL);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || is_known(entry->d_name))
			continue;
		outbuf_putc(&out, '\n');
		showctl_text(&out, entry->d_name, strlen(entry->d_name));
		outbuf_puts(&out, ": No program of this server reads it.\n");
	}
	closedir(dir);
}

int main(void)
{
	static char mem[1024];

	outbuf_init(&out, fd_write, 1, mem, sizeof mem);
	if (chdir(qmail_home) < 0)
		die(EXIT_TEMP, "qmail-showctl: fatal: unable to change to ",
			qmail_home, die_errno, NULL);
	print_installation();
	for (int i = 0; tables[i]; i++)
		for (const struct showctl_setting *set = tables[i]; set->name;
			set++)
			showctl_print(&out, set);
	print_unknown();
	if (outbuf_flush(&out) < 0)
		die(EXIT_TEMP, "qmail-showctl: fatal: unable to write",
			die_errno, NULL);
	return EXIT_DONE;
}
