/* SPDX-License-Identifier: 0BSD */
/* Removing files from the queue for qmail-send. */
#include "queue/clean.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/mail/exits.h"
#include "lib/str/byte.h"
#include "lib/str/scan.h"
#include "queue/layout.h"

/* Lengths of a command, with its NUL. */
enum { COMMAND_MIN = 7, COMMAND_MAX = 100 };

/* Where the message's number begins. */
enum { NUMBER_AT = 5 };

/* Commands from one look into pid to the next. */
enum { COMMANDS_A_SWEEP = 31 };

/* A file in pid that nobody has read for so long (in seconds) belongs to no
 * process: qmail-queue gives up after 24 hours. */
enum { OLD = 129600 };

enum answer { DONE = '+', FAILED = '!', MALFORMED = 'x' };

/* A file that is gone already is as good as removed. */
static int remove_file(const char *path)
{
	return unlink(path) == 0 || errno == ENOENT;
}

/* Removes the files that the command names for the message: intd's and another
 * one, and the other only after it. */
static enum answer obey(const char *command, unsigned long id)
{
	struct stralloc intd = {0};
	struct stralloc other = {0};
	enum answer answer = DONE;

	layout_flat(&intd, "intd", id);
	if (str_starts(command, "foop/"))
		layout_split(&other, "mess", id);
	else if (str_starts(command, "todo"))
		layout_flat(&other, "todo", id);
	else
		answer = MALFORMED;
	if (answer == DONE && !(remove_file(intd.s) && remove_file(other.s)))
		answer = FAILED;
	sa_free(&intd);
	sa_free(&other);
	return answer;
}

/* Answers a command. Every byte behind the number's start that is no digit gets
 * an answer of its own, and the number is what stands before the first of
 * them. */
static void reply(struct outbuf *out, const struct stralloc *command)
{
	unsigned long id;

	if (command->len < COMMAND_MIN || command->len > COMMAND_MAX) {
		outbuf_putc(out, MALFORMED);
		return;
	}
	for (slen i = NUMBER_AT; i + 1 < command->len; ++i)
		if (command->s[i] < '0' || command->s[i] > '9')
			outbuf_putc(out, MALFORMED);
	if (scan_ulong(command->s + NUMBER_AT, &id) == 0)
		outbuf_putc(out, MALFORMED);
	else
		outbuf_putc(out, (char)obey(command->s, id));
}

static void remove_if_old(const char *path, time_t now)
{
	struct stat st;

	if (stat(path, &st) == 0 && now - st.st_atime >= OLD)
		unlink(path);
}

/* Removes the temporary names that broken-off arrivals left. */
static void sweep(void)
{
	struct stralloc path = {0};
	time_t now = time(NULL);
	DIR *dir = opendir("pid");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		sa_copys(&path, "pid/");
		sa_cats(&path, entry->d_name);
		remove_if_old(sa_cstr(&path), now);
	}
	closedir(dir);
	sa_free(&path);
}

/* Reads one command with its NUL. Of one that is too long, only so much is kept
 * as shows that it is. Returns 1, or 0 at end of file. */
static int read_command(struct inbuf *in, struct stralloc *command)
{
	char c;

	sa_clear(command);
	while (inbuf_byte(in, &c) == 1) {
		if (command->len <= COMMAND_MAX)
			sa_catc(command, c);
		if (c == '\0')
			return 1;
	}
	return 0;
}

int clean_serve(int commands, int answers)
{
	char in_mem[256];
	char out_mem[128];
	struct inbuf in;
	struct outbuf out;
	struct stralloc command = {0};
	int until_sweep = 0;

	inbuf_init(&in, fd_read, commands, in_mem, sizeof in_mem);
	outbuf_init(&out, fd_write, answers, out_mem, sizeof out_mem);
	for (;;) {
		if (until_sweep-- == 0) {
			sweep();
			until_sweep = COMMANDS_A_SWEEP - 1;
		}
		if (!read_command(&in, &command))
			break;
		reply(&out, &command);
		if (outbuf_flush(&out) < 0)
			break;
	}
	sa_free(&command);
	return out.failed ? EXIT_PERM : EXIT_DONE;
}
