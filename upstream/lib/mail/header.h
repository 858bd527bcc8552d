/* SPDX-License-Identifier: 0BSD */
/* Reading the header of a message, field by field (RFC 822 section 3). */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "lib/io/inbuf.h"
#include "lib/str/stralloc.h"

struct header {
	struct inbuf *in;
	struct stralloc ahead; /* a line read already */
	int ended;             /* the input has no more lines */
};

/* Starts reading a message from in. */
void header_start(struct header *header, struct inbuf *in);

/* Replaces field with the next one: its line and the lines that continue it,
 * each ended by a newline, even if the input's last one is not. A "From " line
 * of an mbox becomes the field MBOX-Line. Returns 1; 0 at the end of the
 * header; -1 with errno if reading failed.
 *
 * After 0, header->ahead holds what lies between the header and what in still
 * has: nothing if the message ended with its header; an empty line; or, if the
 * header ended at a line that is no field, an empty line and that line. */
int header_next(struct header *header, struct stralloc *field);

/* Frees the memory. */
void header_free(struct header *header);

/* A field's name and where its value begins, behind the colon. */
struct field_name {
	const char *text;
	slen len;
	slen value;
};

/* Takes the n bytes of a field, or of any line, apart. A name is made of bytes
 * from 33 to 126 without the colon; blanks and tabs may stand before the
 * colon. Returns 1; 0 if this is no field. */
int field_name(struct field_name *name, const char *field, slen n);

/* Is that the name, but for case? */
int field_is(const struct field_name *name, const char *text);

#endif
