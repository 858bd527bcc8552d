/* SPDX-License-Identifier: 0BSD */
/* Reading what qmail-send tells a spawner. */
#include "queue/spawn-command.h"

#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/str/byte.h"

/* The longest message path, with its NUL. */
enum { PATH_MAX_LEN = 100 };

/* The most that is kept of a field. qmail-queue lets no address through that is
 * a hundredth of it. */
enum { FIELD_MAX = 1 << 20 };

static struct stralloc *field_text(struct spawn_command *command)
{
	switch (command->field) {
	case SPAWN_MESSAGE:
		return &command->message;
	case SPAWN_SENDER:
		return &command->sender;
	default:
		return &command->recipient;
	}
}

int spawn_command_byte(struct spawn_command *command, char c)
{
	struct stralloc *text;

	if (command->field == SPAWN_NUMBER) {
		command->number = (unsigned char)c;
		command->overlong = 0;
		sa_clear(&command->message);
		sa_clear(&command->sender);
		sa_clear(&command->recipient);
		command->field = SPAWN_MESSAGE;
		return 0;
	}
	text = field_text(command);
	if (text->len < FIELD_MAX || c == '\0')
		sa_catc(text, c);
	else
		command->overlong = 1;
	if (c != '\0')
		return 0;
	if (command->field == SPAWN_RECIPIENT) {
		command->field = SPAWN_NUMBER;
		return 1;
	}
	command->field++;
	return 0;
}

void spawn_command_free(struct spawn_command *command)
{
	sa_free(&command->message);
	sa_free(&command->sender);
	sa_free(&command->recipient);
	*command = (struct spawn_command){0};
}

/* Does the path, without its NUL, hold anything but digits, or a slash in
 * front? */
static int odd_path(const struct stralloc *path)
{
	for (slen i = 0; i + 1 < path->len; ++i) {
		char c = path->s[i];

		if (!(c >= '0' && c <= '9') && !(c == '/' && i > 0))
			return 1;
	}
	return 0;
}

const char *spawn_command_fault(const struct spawn_command *command, slen *at)
{
	const struct stralloc *recipient = &command->recipient;

	if (command->overlong)
		return "Zqmail-spawn out of memory. (#4.3.0)\n";
	if (odd_path(&command->message))
		return "DInternal error: messid has nonnumerics. (#5.3.5)\n";
	if (command->message.len > PATH_MAX_LEN)
		return "DInternal error: messid too long. (#5.3.5)\n";
	if (command->message.len < 2)
		return "DInternal error: messid too short. (#5.3.5)\n";
	*at = byte_rfind(recipient->s, recipient->len, '@');
	if (*at == recipient->len)
		return "DSorry, address must include host name. (#5.1.3)\n";
	return NULL;
}

int spawn_command_open(
	const struct spawn_command *command, uid_t owner, const char **fault)
{
	struct stat st;
	int fd = open_read(command->message.s);

	*fault = "Zqmail-spawn unable to open message. (#4.3.0)\n";
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		*fault = NULL;
		if (!S_ISREG(st.st_mode))
			*fault = "ZSorry, message has wrong type. (#4.3.5)\n";
		else if (st.st_uid != owner)
			*fault = "ZSorry, message has wrong owner. (#4.3.5)\n";
	}
	if (!*fault)
		return fd;
	close(fd);
	return -1;
}
