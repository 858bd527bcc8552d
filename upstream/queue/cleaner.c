/* SPDX-License-Identifier: 0BSD */
/* qmail-send's line to qmail-clean. */
#include "queue/cleaner.h"

#include "lib/io/fd.h"
#include "lib/io/outbuf.h"
#include "queue/send-log.h"
#include "queue/watch.h"

static int commands_fd = -1;
static int answers_fd;

void cleaner_open(int commands, int answers)
{
	commands_fd = commands;
	answers_fd = answers;
}

/* Sends task/id and a NUL, and waits for the answer's one byte. */
static int ask(const char *task, unsigned long id)
{
	char mem[64];
	struct outbuf out;
	char answer;

	if (commands_fd < 0)
		return 0;
	outbuf_init(&out, fd_write, commands_fd, mem, sizeof mem);
	outbuf_puts(&out, task);
	outbuf_putc(&out, '/');
	outbuf_putnum(&out, id);
	outbuf_putc(&out, '\0');
	if (outbuf_flush(&out) < 0 || fd_read(answers_fd, &answer, 1) != 1) {
		log_line("alert: oh no! lost qmail-clean connection! dying...",
			NULL);
		commands_fd = -1;
		requests.stop = 1;
		return 0;
	}
	if (answer == '+')
		return 1;
	log_text("warning: qmail-clean did not remove the files of ");
	log_text(task);
	log_text("/");
	log_number(id);
	log_end();
	return 0;
}

int cleaner_remove_todo(unsigned long id)
{
	return ask("todo", id);
}

int cleaner_remove_mess(unsigned long id)
{
	return ask("foop", id);
}
