/* SPDX-License-Identifier: 0BSD */
/* The names that qmail-inject completes messages with, from control files and
 * the environment. See qmail-control(5). */
#ifndef INJECT_NAMES_H
#define INJECT_NAMES_H

#include "inject/rewrite.h"
#include "lib/str/stralloc.h"

struct names {
	struct stralloc default_host; /* each ends with NUL */
	struct stralloc id_host;
	struct rewriter rewriter;
	struct stralloc host_text; /* what the rewriter's tokens point into */
	struct stralloc domain_text;
	struct stralloc plus_text;
};

/* Reads the names; the installation's home is the current directory. Returns
 * null; else what to tell, with *bad (if not null then) the text that is not
 * sound. */
const char *names_read(struct names *names, const struct stralloc **bad);

/* Frees the memory. */
void names_free(struct names *names);

#endif
