/* SPDX-License-Identifier: 0BSD */
/* The SMTP session of qmail-smtpd (RFC 821, RFC 1869). See qmail-smtpd(8).
 *
 * Commands, keywords and checks are tables that end with a null pointer. What a
 * patch adds stands in a file of its own, and one line in a table names it.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "lib/io/chat.h"
#include "lib/str/stralloc.h"
#include "smtp/client.h"
#include "smtp/policy.h"

enum smtp_stage {
	SMTP_GOING,
	SMTP_QUIT,  /* the client has said goodbye */
	SMTP_BROKEN /* the connection or the session is of no more use */
};

struct smtp_session {
	struct chat chat;
	struct client client;
	struct smtp_policy policy;
	enum smtp_stage stage;

	int has_helo;
	struct stralloc helo; /* the name the client gave, with a NUL */

	struct stralloc addr; /* the address in the command at hand */

	/* the transaction */
	int has_sender;
	struct stralloc sender;
	struct stralloc recipients; /* each ended by NUL */
};

/* A command. The verb is given in lower case and matches in any. */
struct smtp_command {
	const char *verb;
	void (*run)(struct smtp_session *session, char *arg);
};

/* Appends an EHLO keyword with its parameters to word, or nothing if it is not
 * offered now. */
typedef void smtp_keyword(struct smtp_session *session, struct stralloc *word);

/* Looks at the command at hand: session->addr and what came before. Returns
 * a null pointer, or the reply that refuses the command. A check may change
 * the address, and may end the session. */
typedef const char *smtp_check(struct smtp_session *session);

/* The tables' parts in the base. */
extern const struct smtp_command smtp_basic_commands[];
extern const struct smtp_command smtp_mail_commands[];
extern const struct smtp_command smtp_data_commands[];
extern smtp_check *const smtp_mail_checks[];
extern smtp_check *const smtp_rcpt_checks[];

/* Sends a reply, without its CR LF; or the same in pieces. */
void smtp_reply(struct smtp_session *session, const char *reply);
void smtp_reply_start(struct smtp_session *session, const char *text);
void smtp_reply_end(struct smtp_session *session);

/* Sends a last reply; the session ends. */
void smtp_fatal(struct smtp_session *session, const char *reply);

/* Ends the session because chat_fill() or chat_command() returned got, 0 or
 * less, with errno as that left it. */
void smtp_lost(struct smtp_session *session, ssize_t got);

/* Forgets the transaction. */
void smtp_reset(struct smtp_session *session);

/* Runs checks in order. Returns the first reply, or a null pointer. */
const char *smtp_run_checks(
	struct smtp_session *session, smtp_check *const *checks);

/* Makes the installation's home the current directory and fills in a session
 * on two descriptors, with client and policy from environment and control
 * files. Returns 0; -1 after telling the client that the control files
 * cannot be read. */
int smtp_open(struct smtp_session *session, int in, int out);

/* Greets the client and serves it to the end. Returns the exit code: 0 after
 * QUIT, 1 otherwise. While it runs, alloc_failed tells the client and ends
 * the process. */
int smtp_serve(struct smtp_session *session);

#endif
