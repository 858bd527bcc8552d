/* SPDX-License-Identifier: 0BSD */
/* From passwd to users/assign. */
#include "admin/pw2u.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/io/copy.h"
#include "lib/io/proc.h"
#include "lib/mail/constmap.h"
#include "lib/mail/control.h"
#include "lib/mail/exits.h"
#include "lib/str/byte.h"
#include "lib/str/scan.h"

#define FATAL "qmail-pw2u: fatal: "

static const struct pw2u_options *options;

static struct lists {
	struct constmap include;
	int has_include;
	struct constmap exclude;
	struct constmap mailnames;
} lists;

/* A line of passwd: fields as they stand there. */
struct account {
	const char *name;
	const char *uid;
	const char *gid;
	const char *home;
};

static struct outbuf *out;
static struct stralloc written; /* name:uid:gid:home NUL, for the subusers */
static int alias_seen;

/* Cuts the C string into count fields at its colons; what follows the last is
 * left out. Returns 0 if there are fewer colons than closed asks for. */
static int cut(char *line, char *fields[], int count, int closed)
{
	int i;

	for (i = 0; i < count; i++) {
		slen n = str_find(line, ':');

		fields[i] = line;
		if (!line[n]) {
			i++;
			break;
		}
		line[n] = '\0';
		line += n + 1;
		closed--;
	}
	return i == count && closed <= 0;
}

static int wanted_name(const char *name)
{
	slen n = (slen)strlen(name);

	if (!options->capitals)
		for (const char *c = name; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				return 0;
	if (lists.has_include && !constmap_find(&lists.include, name, n))
		return 0;
	return !constmap_find(&lists.exclude, name, n);
}

static int wanted_home(const char *home, unsigned long uid)
{
	struct stat st;

	if (options->homes == PW2U_ANY)
		return 1;
	if (stat(home, &st) == 0)
		return st.st_uid == uid;
	if (errno == ENOENT && options->homes == PW2U_OWNED)
		return 0;
	die(EXIT_TEMP, FATAL "unable to stat ", home, NULL);
}

/* One line: KIND name [separator] :user:uid:gid:home:dash:ext [separator] : */
static void put_line(char kind, const char *name, const struct account *account,
	const char *dash, const char *ext)
{
	int wild = kind == '+' && *name;

	outbuf_putc(out, kind);
	outbuf_puts(out, name);
	if (wild)
		outbuf_putc(out, options->separator);
	outbuf_putc(out, ':');
	outbuf_puts(out, account->name);
	outbuf_putc(out, ':');
	outbuf_puts(out, account->uid);
	outbuf_putc(out, ':');
	outbuf_puts(out, account->gid);
	outbuf_putc(out, ':');
	outbuf_puts(out, account->home);
	outbuf_putc(out, ':');
	outbuf_puts(out, dash);
	outbuf_putc(out, ':');
	outbuf_puts(out, ext);
	if (wild && *ext)
		outbuf_putc(out, options->separator);
	outbuf_puts(out, ":\n");
}

static void put_name(const char *name, const struct account *account)
{
	put_line('=', name, account, "", "");
	if (options->wildcards)
		put_line('+', name, account, options->dash, "");
}

/* The names under which the account gets mail: its own, or those of
 * mailnames. */
static void put_names(const struct account *account)
{
	struct stralloc names = {0};
	const char *given = constmap_find(
		&lists.mailnames, account->name, (slen)strlen(account->name));

	sa_copys(&names, given ? given : account->name);
	sa_0(&names);
	for (slen at = 0; at < names.len;) {
		slen n = str_find(names.s + at, ':');

		names.s[at + n] = '\0';
		if (n)
			put_name(names.s + at, account);
		at += n + 1;
	}
	sa_free(&names);
}

static void remember(const struct account *account)
{
	sa_cats(&written, account->name);
	sa_catc(&written, ':');
	sa_cats(&written, account->uid);
	sa_catc(&written, ':');
	sa_cats(&written, account->gid);
	sa_catc(&written, ':');
	sa_cats(&written, account->home);
	sa_0(&written);
}

static void do_account(char *line)
{
	char *fields[6]; /* name, password, uid, gid, comment, home */
	struct account account;
	unsigned long uid;

	if (!cut(line, fields, 6, 6))
		return;
	account = (struct account){fields[0], fields[2], fields[3], fields[5]};
	scan_ulong(account.uid, &uid);
	if (!uid || !wanted_name(account.name) ||
		!wanted_home(account.home, uid))
		return;
	if (strcmp(account.name, "alias") == 0) {
		put_line('+', "", &account, options->dash, "");
		alias_seen = 1;
	}
	put_names(&account);
	remember(&account);
}

static void do_accounts(struct inbuf *in)
{
	struct stralloc line = {0};
	int r;

	do {
		r = inbuf_line(in, &line, '\n');
		if (r < 0)
			die(EXIT_TEMP, FATAL "unable to read input", NULL);
		if (r == 1)
			line.len--;
		if (line.len)
			do_account(sa_0(&line));
	} while (r == 1);
	if (!alias_seen) {
		outbuf_flush(out);
		die(EXIT_TEMP, FATAL "unable to find alias user", NULL);
	}
}

static void do_subuser(const struct constmap *accounts, char *line)
{
	char *sub[3];    /* name, account, prefix */
	char *fields[3]; /* uid, gid, home */
	struct stralloc rest = {0};
	struct account account;
	const char *found;

	if (!cut(line, sub, 3, 3))
		return;
	found = constmap_find(accounts, sub[1], (slen)strlen(sub[1]));
	if (!found) {
		outbuf_flush(out);
		die(EXIT_TEMP, FATAL "unable to find ", sub[1],
			" user for subuser", NULL);
	}
	sa_copys(&rest, found);
	if (cut(sa_0(&rest), fields, 3, 2)) {
		account = (struct account){
			sub[1], fields[0], fields[1], fields[2]};
		put_line('=', sub[0], &account, options->dash, sub[2]);
		if (options->wildcards)
			put_line('+', sub[0], &account, options->dash, sub[2]);
	}
	sa_free(&rest);
}

static void do_subusers(void)
{
	struct constmap accounts = {0};
	struct stralloc lines = {0};

	if (control_list(&lines, "users/subusers") < 0)
		die(EXIT_TEMP, FATAL "unable to read users/subusers", NULL);
	constmap_make(&accounts, &written, CONSTMAP_PAIRS);
	for (slen at = 0; at < lines.len;) {
		slen n = (slen)strlen(lines.s + at);

		do_subuser(&accounts, lines.s + at);
		at += n + 1;
	}
	constmap_free(&accounts);
	sa_free(&lines);
}

static int read_map(
	struct constmap *map, const char *path, enum constmap_kind kind)
{
	struct stralloc lines = {0};
	int r = control_list(&lines, path);

	if (r < 0)
		die(EXIT_TEMP, FATAL "unable to read ", path, NULL);
	constmap_make(map, &lines, kind);
	sa_free(&lines);
	return r;
}

void pw2u_convert(struct inbuf *from, struct outbuf *to,
	const struct pw2u_options *wanted)
{
	struct stralloc text = {0};

	out = to;
	options = wanted;
	lists.has_include = read_map(
		&lists.include, "users/include", CONSTMAP_KEYS);
	read_map(&lists.exclude, "users/exclude", CONSTMAP_KEYS);
	read_map(&lists.mailnames, "users/mailnames", CONSTMAP_PAIRS);
	do_accounts(from);
	do_subusers();
	if (copy_file(&text, "users/append") < 0)
		die(EXIT_TEMP, FATAL "unable to read users/append", NULL);
	outbuf_putsa(out, &text);
	outbuf_puts(out, ".\n");
	if (outbuf_flush(out) < 0)
		die(EXIT_TEMP, FATAL "unable to write output", NULL);
	sa_free(&text);
	sa_free(&written);
}
