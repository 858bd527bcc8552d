/* SPDX-License-Identifier: 0BSD */
/* Delivery to an mbox. */
#include "local/deliver.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/io/inbuf.h"
#include "lib/io/outbuf.h"
#include "lib/io/proc.h"
#include "lib/mail/exits.h"
#include "lib/mail/mbox.h"
#include "lib/str/alloc.h"

enum { LOCK_WAIT = 30 }; /* seconds */

static void on_alarm(int sig)
{
	(void)sig;
}

/* Waits for the lock, but not for ever: a mail reader may hold it for hours. */
static int lock(int fd)
{
	int result;
	int error;

	sig_catch(SIGALRM, on_alarm);
	sig_unblock(SIGALRM);
	alarm(LOCK_WAIT);
	result = flock(fd, LOCK_EX);
	error = errno;
	alarm(0);
	sig_default(SIGALRM);
	errno = error;
	return result;
}

static int append(const struct stamp *stamp, int fd, const char *path)
{
	char from[4096];
	char to[4096];
	struct inbuf in;
	struct outbuf out;

	inbuf_init(&in, fd_read, 0, from, sizeof from);
	outbuf_init(&out, fd_write, fd, to, sizeof to);
	outbuf_putsa(&out, &stamp->separator);
	outbuf_putsa(&out, &stamp->return_path);
	outbuf_putsa(&out, &stamp->delivered_to);
	if (mbox_copy(&out, &in, MBOX_REST_ENDED) < 0) {
		say("Unable to read message", die_errno, ". (#4.3.0)", NULL);
		return -1;
	}
	if (outbuf_flush(&out) < 0 || fsync(fd) < 0) {
		say("Unable to write ", path, die_errno, ". (#4.3.0)", NULL);
		return -1;
	}
	return 0;
}

/* What is being written, for the case that memory runs out in the middle. */
static struct {
	int fd;
	off_t end; /* where it ended before */
	void (*then)(void);
} unfinished;

static void cut_back(void)
{
	if (unfinished.end < 0)
		return;
	if (ftruncate(unfinished.fd, unfinished.end) < 0) {
		/* a device, or a disk past help: the next try will tell */
	}
}

static void on_no_memory(void)
{
	cut_back();
	unfinished.then();
}

static int deliver_locked(const struct stamp *stamp, int fd, const char *path)
{
	int result;

	if (lseek(0, 0, SEEK_SET) < 0) {
		say("Unable to read message", die_errno, ". (#4.3.0)", NULL);
		return EXIT_TEMP;
	}
	unfinished.fd = fd;
	unfinished.end = lseek(fd, 0, SEEK_END);
	unfinished.then = alloc_failed;
	alloc_failed = on_no_memory;
	result = append(stamp, fd, path);
	alloc_failed = unfinished.then;
	if (result == 0)
		return EXIT_DONE;
	cut_back();
	return EXIT_TEMP;
}

int deliver_mbox(const struct stamp *stamp, const char *path)
{
	int fd = open_append(path);
	int code = EXIT_TEMP;

	if (fd < 0) {
		say("Unable to open ", path, die_errno, ". (#4.2.1)", NULL);
		return EXIT_TEMP;
	}
	if (lock(fd) == 0)
		code = deliver_locked(stamp, fd, path);
	else if (errno == EINTR)
		say("Unable to lock ", path,
			": somebody has held it for 30 "
			"seconds. (#4.2.1)",
			NULL);
	else
		say("Unable to lock ", path, die_errno, ". (#4.2.1)", NULL);
	close(fd);
	return code;
}
