/* SPDX-License-Identifier: 0BSD */
/* Runs a command many times with a file on its descriptor 0.
 *
 * repeat FILE TIMES AT_ONCE SECONDS COMMAND...
 *
 * Prints a JSON object: seconds, how many ended, how many of them badly. */
#define _GNU_SOURCE
#include "load.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int launch(const char *file, char **command)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int wrong;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0);
	wrong = posix_spawn(&pid, command[0], &actions, NULL, command, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (wrong)
		fprintf(stderr, "repeat: %s: %s\n", command[0],
			strerror(wrong));
	return wrong ? -1 : 0;
}

int main(int argc, char **argv)
{
	long times, at_once, running = 0, begun = 0, ended = 0, bad = 0;
	double t0 = load_now();
	int status;

	if (argc < 6) {
		fprintf(stderr,
			"usage: repeat FILE TIMES AT_ONCE SECONDS COMMAND...\n");
		return 100;
	}
	times = atol(argv[2]);
	at_once = atol(argv[3]);
	while (ended < times && load_now() - t0 < atof(argv[4])) {
		for (; running < at_once && begun < times; running++, begun++)
			if (launch(argv[1], argv + 5))
				return 111;
		if (wait(&status) < 0)
			return 111;
		running--;
		ended++;
		bad += status != 0;
	}
	printf("{\"secs\": %.4f, \"ended\": %ld, \"bad\": %ld}\n",
		load_now() - t0, ended, bad);
	return ended == times && !bad ? 0 : 1;
}
