/* SPDX-License-Identifier: 0BSD */
/* A message at a glance: who wrote, to whom, and how it begins. */
#ifndef LOCAL_GLANCE_H
#define LOCAL_GLANCE_H

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

/* All of it is printable ASCII, fit for a terminal. */
struct glance {
	struct stralloc sender;    /* as Return-Path has it, or ? */
	struct stralloc recipient; /* as Delivered-To has it, or ? */
	struct stralloc from;      /* the whole From field, or empty */
	struct stralloc text;      /* the subject and the body's beginning */
};

/* Fills a zeroed or used struct from a message. Returns 0, or -1 with errno. */
int glance_read(struct glance *glance, struct inbuf *in);

/* Replaces *field with what is fit for a terminal of the C string text. */
void glance_set(struct stralloc *field, const char *text);

/* Puts it in three or four lines, the From field between bold and plain, each
 * line and the blank one behind ended by eol. */
void glance_put(struct outbuf *out, const struct glance *glance,
	const char *bold, const char *plain, const char *eol);

void glance_free(struct glance *glance);

#endif
