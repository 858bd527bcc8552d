/* SPDX-License-Identifier: 0BSD */
/* A conversation with a client over the network: commands in lines come in,
 * replies go out. What was put into out is written when input must be waited
 * for, so that the replies to commands that arrived together leave together.
 */
#ifndef IO_CHAT_H
#define IO_CHAT_H

#include <sys/types.h>

#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/str/stralloc.h"

struct chat {
	struct inbuf in;
	struct outbuf out;
	struct stralloc line; /* the command read last */
	char inmem[8192];
	char outmem[2048];
};

/* Starts a conversation that reads from descriptor in and writes to out, and
 * waits at most seconds for each read and each write. There is one limit in
 * a process, that of the conversation started last. Whoever takes the bytes
 * elsewhere (through a cipher, from memory) replaces in.op and out.op
 * afterwards. */
void chat_init(struct chat *chat, int in, int out, long seconds);

/* Fetches input if none is buffered, after writing the replies. Returns how
 * many bytes are buffered at in.mem + in.at; 0 at end of file; -1 with
 * errno, ETIMEDOUT if the client took too long. */
ssize_t chat_fill(struct chat *chat);

/* Reads a command: a line that ends at LF, or CR LF. It counts up to its
 * first NUL. The verb goes to the first space, the argument begins behind
 * any spaces after it and is empty if there is none; both lie in line until
 * the next command. Returns 1; 0 at end of file, an unfinished line being
 * dropped; -1 with errno. */
int chat_command(struct chat *chat, char **verb, char **arg);

#endif
