/* SPDX-License-Identifier: 0BSD */
/* The replies of the SMTP server (RFC 821 section 4.2, codes in parentheses
 * from RFC 1893), without the CR LF at their ends. */
#ifndef SMTP_REPLIES_H
#define SMTP_REPLIES_H

#define SMTP_OK "250 ok"
#define SMTP_FLUSHED "250 flushed"
#define SMTP_VRFY "252 send some mail, i'll try my best"
#define SMTP_HELP "214 see RFC 821, RFC 1652 and RFC 2197"
#define SMTP_GO_AHEAD "354 go ahead"
#define SMTP_UNIMPLEMENTED "502 unimplemented (#5.5.1)"
#define SMTP_MAIL_FIRST "503 MAIL first (#5.5.1)"
#define SMTP_RCPT_FIRST "503 RCPT first (#5.5.1)"
#define SMTP_SYNTAX "555 syntax error (#5.5.4)"
#define SMTP_BAD_SENDER                                                        \
	"553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)"
#define SMTP_NO_RELAY                                                          \
	"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"
#define SMTP_TOO_BIG                                                           \
	"552 sorry, that message size exceeds my databytes limit (#5.3.4)"
#define SMTP_LOOPING "554 too many hops, this message is looping (#5.4.6)"
#define SMTP_NO_QUEUE "451 qqt failure (#4.3.0)"

/* After one of these the session ends. */
#define SMTP_TIMEOUT "451 timeout (#4.4.2)"
#define SMTP_BARE_LF "451 See http://pobox.com/~djb/docs/smtplf.html."
#define SMTP_NO_CONTROLS "421 unable to read controls (#4.3.0)"
#define SMTP_NO_MEMORY "421 out of memory (#4.3.0)"
#define SMTP_NO_ADDRESSES "421 unable to figure out my IP addresses (#4.3.0)"

/* What begins a reply. */
#define SMTP_READY "220 "
#define SMTP_READY_END " ESMTP"
#define SMTP_HELLO "250 "
#define SMTP_CLOSING "221 "
#define SMTP_QUEUED "250 ok "
#define SMTP_REJECTED "554 "
#define SMTP_DEFERRED "451 "

#endif
