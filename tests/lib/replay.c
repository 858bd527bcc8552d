/* SPDX-License-Identifier: 0BSD */
/* Feeds files to a fuzz target, for compilers that have no fuzzer. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs the target over one file; -1 if the file cannot be read. The copy has the
 * input's very size, so that a read past its end is seen. */
static int replay(const char *name)
{
	struct stat info;
	uint8_t *data;
	size_t size;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &info) != 0)
		return -1;
	size = (size_t)info.st_size;
	data = malloc(size ? size : 1);
	if (!data || read(fd, data, size) != (ssize_t)size)
		return -1;
	close(fd);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) != 0)
			return 111;
	return 0;
}
