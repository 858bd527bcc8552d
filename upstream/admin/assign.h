/* SPDX-License-Identifier: 0BSD */
/* The assignment of addresses to accounts: users/assign and its compiled form,
 * users/cdb. See qmail-users(5). */
#ifndef ADMIN_ASSIGN_H
#define ADMIN_ASSIGN_H

#include "lib/io/cdb.h"
#include "lib/io/inbuf.h"

enum assign_result {
	ASSIGN_DONE,    /* the whole file is in the database */
	ASSIGN_BAD,     /* a line of no known kind, or no end */
	ASSIGN_NO_READ, /* reading failed; errno tells */
	ASSIGN_NO_WRITE /* writing failed, or the database would pass 4 GB */
};

/* Puts every line of the assignment into the database, up to the line that ends
 * it, and last the record that lists the final bytes of all wildcards. Does not
 * finish the database. */
enum assign_result assign_compile(struct cdb_make *make, struct inbuf *in);

#endif
