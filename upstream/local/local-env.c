/* SPDX-License-Identifier: 0BSD */
/* What a program in a .qmail file is told, by its environment. */
#include "local/local-env.h"

#include <stdlib.h>

#include "lib/str/byte.h"

struct variable {
	const char *name;
	const char *value;
};

/* EXT2 to EXT4: each loses what the one before has up to its first dash. */
static int set_extensions(const char *ext)
{
	static const char *const names[] = {"EXT", "EXT2", "EXT3", "EXT4"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (setenv(names[i], ext, 1) < 0)
			return -1;
		ext += str_find(ext, '-');
		if (*ext)
			ext++;
	}
	return 0;
}

/* HOST2 to HOST4: each loses the last label of the one before, if it has a dot.
 * */
static int set_hosts(const char *host)
{
	static const char *const names[] = {"HOST", "HOST2", "HOST3", "HOST4"};
	struct stralloc name = {0};
	int result = 0;

	sa_copys(&name, host);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (setenv(names[i], sa_cstr(&name), 1) < 0)
			result = -1;
		name.len = byte_rfind(name.s, name.len, '.');
	}
	sa_free(&name);
	return result;
}

static int set_recipient(const char *local, const char *host)
{
	struct stralloc address = {0};
	int result;

	sa_copys(&address, local);
	sa_catc(&address, '@');
	sa_cats(&address, host);
	result = setenv("RECIPIENT", sa_cstr(&address), 1);
	sa_free(&address);
	return result;
}

int local_env(const struct local_delivery *job, const struct stamp *stamp,
	const char *forward_sender, const char *rest)
{
	const struct variable list[] = {
		{"USER", job->user},
		{"HOME", job->home},
		{"LOCAL", job->local},
		{"SENDER", job->sender},
		{"NEWSENDER", forward_sender},
		{"UFLINE", stamp->separator.s},
		{"RPLINE", stamp->return_path.s},
		{"DTLINE", stamp->delivered_to.s},
	};

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (setenv(list[i].name, list[i].value, 1) < 0)
			return -1;
	if (rest && setenv("DEFAULT", rest, 1) < 0)
		return -1;
	if (set_recipient(job->local, job->host) < 0 ||
		set_extensions(job->ext) < 0)
		return -1;
	return set_hosts(job->host);
}
