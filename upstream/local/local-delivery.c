/* SPDX-License-Identifier: 0BSD */
/* Delivering one message to one local address. */
#include "local/local-delivery.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/io/copy.h"
#include "lib/io/fd.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "local/deliver.h"
#include "local/local-env.h"
#include "local/dotfile.h"
#include "local/dotqmail.h"

/* A delivery under way. */
struct run {
	const struct local_delivery *job;
	struct stamp stamp;
	struct stralloc instructions;
	struct stralloc forward_sender;
	struct stralloc recipients; /* to forward to, each ended by NUL */
	int forward_only;
	unsigned long files;
	unsigned long forwards;
	unsigned long programs;
	struct outbuf out;
	char mem[256];
};

static int enter_home(const struct local_delivery *job)
{
	struct stat st;

	if (chdir(job->home) < 0) {
		say("Unable to switch to ", job->home, die_errno, ". (#4.3.0)",
			NULL);
	} else if (stat(".", &st) < 0) {
		say("Unable to stat home directory", die_errno, ". (#4.3.0)",
			NULL);
	} else if (st.st_mode & S_IWOTH) {
		say("Uh-oh: home directory is writable. (#4.7.0)", NULL);
	} else if (!(st.st_mode & S_ISVTX)) {
		return EXIT_DONE;
	} else if (job->describe) {
		say("Warning: home directory is sticky.", NULL);
		return EXIT_DONE;
	} else {
		say("Home directory is sticky: user is editing his .qmail "
		    "file. (#4.2.1)",
			NULL);
	}
	return EXIT_TEMP;
}

static int check_loop(struct run *run)
{
	int looping;

	if (run->job->describe)
		return EXIT_DONE;
	looping = lseek(0, 0, SEEK_SET) < 0 ? -1
					    : stamp_is_looping(&run->stamp, 0);
	if (looping < 0) {
		say("Unable to read message", die_errno, ". (#4.3.0)", NULL);
		return EXIT_TEMP;
	}
	if (looping) {
		say("This message is looping: it already has my Delivered-To "
		    "line. (#5.4.6)",
			NULL);
		return EXIT_PERM;
	}
	return EXIT_DONE;
}

/* The envelope sender of what is forwarded: the list's owner if the address has
 * one, the owner's own address per recipient if it wants that, else the sender.
 * Bounces and double bounces keep theirs, so that none can come back. */
static int choose_sender(struct run *run, const struct dotfile_key *key)
{
	const struct local_delivery *job = run->job;
	struct stralloc *sender = &run->forward_sender;
	int owner = 0;
	int verp = 0;

	sa_copys(sender, job->sender);
	if (sender->len && !sa_is(sender, "#@[]")) {
		owner = dotfile_exists(key, "-owner");
		if (owner > 0)
			verp = dotfile_exists(key, "-owner-default");
	}
	if (owner < 0 || verp < 0)
		return EXIT_TEMP;
	if (owner) {
		sa_copys(sender, job->local);
		sa_cats(sender, verp ? "-owner-@" : "-owner@");
		sa_cats(sender, job->host);
		sa_cats(sender, verp ? "-@[]" : "");
	}
	sa_cstr(sender);
	return EXIT_DONE;
}

/* Reads the instructions that a file gives, if it is not empty. */
static int read_file(struct run *run, struct dotfile *file)
{
	int result = copy_fd(&run->instructions, file->fd);

	if (result < 0)
		say("Unable to read ", file->name.s, die_errno, ". (#4.3.0)",
			NULL);
	close(file->fd);
	run->forward_only = run->instructions.len && file->forward_only;
	return result < 0 ? EXIT_TEMP : EXIT_DONE;
}

/* Gets the instructions, and with them all that the environment tells. */
static int find_instructions(struct run *run)
{
	const struct local_delivery *job = run->job;
	const struct dotfile_key key = {job->dash, job->ext};
	struct dotfile file = {0};
	int found = dotfile_find(&file, &key);
	int code = EXIT_DONE;

	if (found < 0) {
		code = EXIT_TEMP;
	} else if (found) {
		code = read_file(run, &file);
	} else if (*job->dash) {
		say("Sorry, no mailbox here by that name. (#5.1.1)", NULL);
		code = EXIT_PERM;
	}
	if (code == EXIT_DONE && !run->instructions.len)
		sa_copys(&run->instructions, job->fallback);
	if (code == EXIT_DONE)
		code = choose_sender(run, &key);
	if (code == EXIT_DONE &&
		local_env(job, &run->stamp, run->forward_sender.s,
			found ? file.rest : NULL) < 0) {
		say("Unable to set environment", die_errno, ". (#4.3.0)", NULL);
		code = EXIT_TEMP;
	}
	sa_free(&file.name);
	return code;
}

/* Is a delivery of this kind forbidden by forward_only? Says so. */
static int is_forbidden(const struct run *run, enum dotqmail_kind kind)
{
	if (!run->forward_only)
		return 0;
	if (kind == DOTQMAIL_PROGRAM)
		say("Uh-oh: .qmail has prog delivery but has x bit set. "
		    "(#4.7.0)",
			NULL);
	else if (kind == DOTQMAIL_MBOX || kind == DOTQMAIL_MAILDIR)
		say("Uh-oh: .qmail has file delivery but has x bit set. "
		    "(#4.7.0)",
			NULL);
	else
		return 0;
	return 1;
}

/* Prints the line in place of carrying it out. */
static int describe(
	struct run *run, const char *what, const struct dotqmail_line *line)
{
	outbuf_puts(&run->out, what);
	outbuf_put(&run->out, line->text, line->len);
	outbuf_putc(&run->out, '\n');
	outbuf_flush(&run->out);
	return EXIT_DONE;
}

static int carry_out(struct run *run, const struct dotqmail_line *line)
{
	int dry = run->job->describe;

	if (is_forbidden(run, line->kind))
		return EXIT_TEMP;
	switch (line->kind) {
	case DOTQMAIL_BLANK_START:
		say("Uh-oh: first line of .qmail file is blank. (#4.2.1)",
			NULL);
		return EXIT_TEMP;
	case DOTQMAIL_FORWARD_ONLY:
		run->forward_only = 1;
		return EXIT_DONE;
	case DOTQMAIL_PROGRAM:
		run->programs++;
		return dry ? describe(run, "program ", line)
			   : deliver_program(line->text);
	case DOTQMAIL_MBOX:
		run->files++;
		return dry ? describe(run, "mbox ", line)
			   : deliver_mbox(&run->stamp, line->text);
	case DOTQMAIL_MAILDIR:
		run->files++;
		return dry ? describe(run, "maildir ", line)
			   : deliver_maildir(&run->stamp, line->text);
	case DOTQMAIL_FORWARD:
		run->forwards++;
		sa_cats(&run->recipients, line->text);
		sa_0(&run->recipients);
		return dry ? describe(run, "forward ", line) : EXIT_DONE;
	default:
		return EXIT_DONE;
	}
}

static void report(struct run *run, unsigned long qp)
{
	outbuf_puts(&run->out, "did ");
	outbuf_putnum(&run->out, run->files);
	outbuf_putc(&run->out, '+');
	outbuf_putnum(&run->out, run->forwards);
	outbuf_putc(&run->out, '+');
	outbuf_putnum(&run->out, run->programs);
	outbuf_putc(&run->out, '\n');
	if (qp) {
		outbuf_puts(&run->out, "qp ");
		outbuf_putnum(&run->out, qp);
		outbuf_putc(&run->out, '\n');
	}
	outbuf_flush(&run->out);
}

/* Follows the instructions, line by line; what is to be forwarded goes out at
 * the end, so that it is not sent twice when a later line fails and is tried
 * again. */
static int follow(struct run *run)
{
	struct dotqmail dot;
	struct dotqmail_line line;
	unsigned long qp = 0;
	int code = EXIT_DONE;

	dotqmail_start(&dot, &run->instructions);
	while (code == EXIT_DONE && dotqmail_next(&dot, &line))
		code = carry_out(run, &line);
	if (code == EXIT_LAST)
		code = EXIT_DONE;
	if (code == EXIT_DONE && run->recipients.len && !run->job->describe)
		code = deliver_forward(&run->stamp, run->forward_sender.s,
			&run->recipients, &qp);
	if (code == EXIT_DONE)
		report(run, qp);
	return code;
}

int local_deliver(const struct local_delivery *job)
{
	struct run run = {.job = job};
	int code = enter_home(job);

	outbuf_init(&run.out, fd_write, 1, run.mem, sizeof run.mem);
	stamp_make(&run.stamp, job->sender, job->local, job->host, time(NULL));
	if (code == EXIT_DONE)
		code = check_loop(&run);
	if (code == EXIT_DONE)
		code = find_instructions(&run);
	if (code == EXIT_DONE)
		code = follow(&run);
	sa_free(&run.stamp.separator);
	sa_free(&run.stamp.return_path);
	sa_free(&run.stamp.delivered_to);
	sa_free(&run.instructions);
	sa_free(&run.forward_sender);
	sa_free(&run.recipients);
	return code;
}
