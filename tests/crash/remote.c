/* SPDX-License-Identifier: 0BSD */
/* Stands in for qmail-remote: keeps what it is given in a file of the directory
 * /tmp/crash/remote, where a mail server elsewhere would, under the recipient's
 * name. A recipient whose name begins with "bad" is refused. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Each report is a text and its NUL. */
static void report(const char *text)
{
	fwrite(text, 1, strlen(text) + 1, stdout);
}

int main(int argc, char **argv)
{
	char path[400];
	char fresh[400];
	char part[65536];
	ssize_t n;
	int fd;

	if (argc != 4)
		return 111;
	if (strncmp(argv[3], "bad", 3) == 0) {
		report("hnobody of that name");
		report("DThe server said no.\n");
		return 0;
	}
	snprintf(fresh, sizeof fresh, "/tmp/crash/remote/.%d", (int)getpid());
	snprintf(path, sizeof path, "/tmp/crash/remote/%s.%d", argv[3],
		(int)getpid());
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0)
		return 111;
	while ((n = read(0, part, sizeof part)) > 0)
		if (write(fd, part, (size_t)n) != n)
			return 111;
	if (n < 0 || close(fd) < 0 || rename(fresh, path) < 0)
		return 111;
	report("rtaken");
	report("KThe server took it.\n");
	return 0;
}
