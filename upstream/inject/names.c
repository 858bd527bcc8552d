/* SPDX-License-Identifier: 0BSD */
/* The names that qmail-inject completes messages with. */
#include "inject/names.h"

#include <stdlib.h>

#include "lib/mail/control.h"

/* Sets name, ended by NUL, from the variable or the control file.
 * Returns 0, or -1. */
static int read_name(struct stralloc *name, const char *variable,
	const char *path, const char *fallback)
{
	const char *value = getenv(variable);

	if (value)
		sa_copys(name, value);
	else if (control_line_or_me(name, path, fallback) < 0)
		return -1;
	sa_0(name);
	return 0;
}

/* Makes tokens of a mark and a name. Returns 0, or -1 if the name is not
 * sound. */
static int make_tail(struct tokens *tail, struct stralloc *text, char mark,
	const struct stralloc *name)
{
	sa_catc(text, mark);
	sa_cats(text, name->s);
	return tokens_scan(tail, text->s, text->len);
}

static int read_all(
	struct names *names, struct stralloc *domain, struct stralloc *plus)
{
	if (read_name(domain, "QMAILDEFAULTDOMAIN", "control/defaultdomain",
		    "defaultdomain") < 0)
		return -1;
	if (read_name(&names->default_host, "QMAILDEFAULTHOST",
		    "control/defaulthost", "defaulthost") < 0)
		return -1;
	if (read_name(plus, "QMAILPLUSDOMAIN", "control/plusdomain",
		    "plusdomain") < 0)
		return -1;
	return read_name(
		&names->id_host, "QMAILIDHOST", "control/idhost", "idhost");
}

const char *names_read(struct names *names, const struct stralloc **bad)
{
	struct stralloc domain = {0};
	struct stralloc plus = {0};
	struct rewriter *to = &names->rewriter;

	*names = (struct names){0};
	*bad = NULL;
	if (read_all(names, &domain, &plus) < 0)
		return "read error\n";
	if (make_tail(&to->domain, &names->domain_text, '.', &domain) < 0)
		*bad = &names->domain_text;
	else if (make_tail(&to->host, &names->host_text, '@',
			 &names->default_host) < 0)
		*bad = &names->host_text;
	else if (make_tail(&to->plus, &names->plus_text, '.', &plus) < 0)
		*bad = &names->plus_text;
	sa_free(&domain);
	sa_free(&plus);
	return *bad ? "unable to parse this line:\n" : NULL;
}

void names_free(struct names *names)
{
	tokens_free(&names->rewriter.host);
	tokens_free(&names->rewriter.domain);
	tokens_free(&names->rewriter.plus);
	sa_free(&names->default_host);
	sa_free(&names->id_host);
	sa_free(&names->host_text);
	sa_free(&names->domain_text);
	sa_free(&names->plus_text);
}
