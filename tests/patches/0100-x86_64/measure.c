/* SPDX-License-Identifier: 0BSD */
/* measure FILE BYTES PROGRAM ARGUMENT...: runs the program with so much address space
 * and writes its exit code (negative: the signal) and its peak memory, in KB, to
 * FILE. The process that becomes the program is small, so the peak is its own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rlimit limit;
	struct rusage used;
	int status;
	pid_t child;
	FILE *out;

	if (argc < 4)
		return 2;
	limit.rlim_cur = limit.rlim_max = strtoull(argv[2], NULL, 10);
	child = fork();
	if (child == 0) {
		if (setrlimit(RLIMIT_AS, &limit) == 0)
			execv(argv[3], argv + 3);
		_exit(126);
	}
	/* nobody but the program holds the pipes, so that they break with it */
	close(0);
	close(1);
	if (child < 0 || wait4(child, &status, 0, &used) != child)
		return 1;
	out = fopen(argv[1], "w");
	if (!out)
		return 1;
	fprintf(out, "%d %ld\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
		used.ru_maxrss);
	return fclose(out) ? 1 : 0;
}
