/* SPDX-License-Identifier: 0BSD */
/* qmail-qread: lists the messages in the queue and their recipients. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/errtext.h"
#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/date.h"
#include "lib/mail/exits.h"
#include "lib/mail/home.h"
#include "lib/str/scan.h"
#include "queue/layout.h"

static struct outbuf out;

/* What is told of a message before its recipients. */
struct summary {
	struct stralloc sender;
	time_t birth;
	unsigned long bytes;
	int bouncing;
};

/* Addresses come from strangers: what a terminal could act on becomes _. */
static void put_safe(const char *text, slen n)
{
	for (slen i = 0; i < n; i++) {
		int odd = text[i] < 32 || text[i] > 126;

		outbuf_putc(&out, odd ? '_' : text[i]);
	}
}

/* Reads one record. Returns its type and text; 0 at the end, -1 with errno. */
static int next_record(struct inbuf *in, struct stralloc *record)
{
	int r = inbuf_line(in, record, '\0');

	if (r <= 0)
		return r;
	if (record->len < 2)
		return 0;
	record->len--;
	return (unsigned char)record->s[0];
}

static int read_info(struct summary *sum, const char *path)
{
	char mem[256];
	struct inbuf in;
	struct stat st;
	int type = -1;
	int fd = open_read(path);
	int error;

	if (fd < 0)
		return -1;
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	if (fstat(fd, &st) == 0) {
		sum->birth = st.st_mtime;
		type = inbuf_line(&in, &sum->sender, '\0');
	}
	error = errno;
	close(fd);
	errno = error;
	return type < 0 ? -1 : 0;
}

static int summarize(
	struct summary *sum, struct stralloc *path, unsigned long id)
{
	struct stat st;

	if (stat(layout_split(path, "mess", id), &st) < 0)
		return -1;
	sum->bytes = (unsigned long)st.st_size;
	sum->bouncing = stat(layout_flat(path, "bounce", id), &st) == 0;
	if (!sum->bouncing && errno != ENOENT)
		return -1;
	return read_info(sum, layout_split(path, "info", id));
}

static void print_summary(const struct summary *sum, unsigned long id)
{
	struct stralloc date = {0};
	const struct stralloc *sender = &sum->sender;

	date_header(&date, sum->birth);
	date.len -= 5; /* its zone */
	outbuf_putsa(&out, &date);
	outbuf_puts(&out, "GMT  #");
	outbuf_putnum(&out, id);
	outbuf_puts(&out, "  ");
	outbuf_putnum(&out, sum->bytes);
	outbuf_puts(&out, "  <");
	if (sender->len > 2)
		put_safe(sender->s + 1, sender->len - 2);
	outbuf_puts(&out, sum->bouncing ? ">  bouncing\n" : "> \n");
	sa_free(&date);
}

/* Lists a channel's recipients. Returns 0, or -1 with errno. */
static int print_recipients(const char *channel, const char *path)
{
	char mem[1024];
	struct inbuf in;
	struct stralloc record = {0};
	int fd = open_read(path);
	int type;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	inbuf_init(&in, fd_read, fd, mem, sizeof mem);
	while ((type = next_record(&in, &record)) > 0) {
		if (type != 'T' && type != 'D')
			continue;
		outbuf_puts(&out, type == 'D' ? "  done\t" : "\t");
		outbuf_puts(&out, channel);
		outbuf_putc(&out, '\t');
		put_safe(record.s + 1, record.len - 1);
		outbuf_putc(&out, '\n');
	}
	close(fd);
	sa_free(&record);
	return type;
}

static void print_message(unsigned long id)
{
	struct stralloc path = {0};
	struct summary sum = {0};
	int good = summarize(&sum, &path, id) == 0;

	if (good) {
		print_summary(&sum, id);
		good = print_recipients("local",
			       layout_split(&path, "local", id)) == 0 &&
			print_recipients("remote",
				layout_split(&path, "remote", id)) == 0;
	}
	if (!good) {
		outbuf_puts(&out, "warning: trouble with #");
		outbuf_putnum(&out, id);
		outbuf_puts(&out, ": ");
		outbuf_puts(&out, errtext(errno));
		outbuf_putc(&out, '\n');
	}
	sa_free(&sum.sender);
	sa_free(&path);
}

static void print_folder(unsigned long split)
{
	struct stralloc path = {0};
	struct dirent *entry;
	unsigned long id;
	DIR *dir;

	sa_copys(&path, "info/");
	sa_catnum(&path, split);
	dir = opendir(sa_cstr(&path));
	if (!dir)
		die(EXIT_TEMP, "qmail-qread: fatal: unable to open queue/",
			path.s, die_errno, NULL);
	while ((entry = readdir(dir)))
		if (scan_ulong(entry->d_name, &id))
			print_message(id);
	closedir(dir);
	sa_free(&path);
}

int main(void)
{
	static char mem[4096];

	outbuf_init(&out, fd_write, 1, mem, sizeof mem);
	if (chdir(qmail_home) < 0 || chdir("queue") < 0)
		die(EXIT_TEMP, "qmail-qread: fatal: unable to change to ",
			qmail_home, "/queue", die_errno, NULL);
	for (unsigned long split = 0; split < LAYOUT_SPLIT; split++)
		print_folder(split);
	if (outbuf_flush(&out) < 0)
		die(EXIT_TEMP, "qmail-qread: fatal: unable to write", die_errno,
			NULL);
	return EXIT_DONE;
}
