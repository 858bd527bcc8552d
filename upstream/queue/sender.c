/* SPDX-License-Identifier: 0BSD */
/* Envelope senders of messages in the queue. */
#include "queue/sender.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/str/byte.h"
#include "queue/layout.h"

static const char verp_mark[] = "-@[]";

enum { VERP_MARK = sizeof verp_mark - 1 };

/* Reads the one record: F, the address, NUL. */
static int read_record(int fd, struct stralloc *sender)
{
	char mem[256];
	struct inbuf in;
	char type;

	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	if (inbuf_byte(&in, &type) != 1 || type != 'F')
		return -1;
	if (inbuf_line(&in, sender, '\0') != 1)
		return -1;
	--sender->len;
	return 0;
}

int sender_read(unsigned long id, struct stralloc *sender, time_t *birth)
{
	struct stralloc path = {0};
	struct stat st;
	int fd = open_read(layout_split(&path, "info", id));
	int r = -1;

	sa_free(&path);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		*birth = st.st_mtime;
		r = read_record(fd, sender);
	}
	close(fd);
	return r;
}

int sender_varies(const char *sender, slen *plain)
{
	slen n = (slen)strlen(sender);

	if (n < VERP_MARK || strcmp(sender + n - VERP_MARK, verp_mark) != 0)
		return 0;
	*plain = n - VERP_MARK;
	return 1;
}

char *sender_for(
	struct stralloc *out, const char *sender, const char *recipient)
{
	slen plain;
	slen host;
	slen at = str_rfind(recipient, '@');

	sa_copys(out, sender);
	if (!sender_varies(sender, &plain) || !recipient[at])
		return sa_cstr(out);
	host = byte_rfind(sender, plain, '@');
	if (host == plain)
		return sa_cstr(out);
	out->len = host;
	sa_catb(out, recipient, at);
	sa_catc(out, '=');
	sa_cats(out, recipient + at + 1);
	sa_catb(out, sender + host, plain - host);
	return sa_cstr(out);
}
