/* SPDX-License-Identifier: 0BSD */
/* Linked into programs built for coverage, in place of the calls by which a process
 * ends or becomes another program without writing its counters out. */
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);

_Noreturn void __real__exit(int code);
int __real_execve(const char *path, char *const argv[], char *const env[]);
int __real_execv(const char *path, char *const argv[]);
int __real_execvp(const char *name, char *const argv[]);

_Noreturn void __wrap__exit(int code);
int __wrap_execve(const char *path, char *const argv[], char *const env[]);
int __wrap_execv(const char *path, char *const argv[]);
int __wrap_execvp(const char *name, char *const argv[]);

static void write_out(void)
{
	__gcov_dump();
	__gcov_reset();
}

_Noreturn void __wrap__exit(int code)
{
	write_out();
	__real__exit(code);
}

int __wrap_execve(const char *path, char *const argv[], char *const env[])
{
	write_out();
	return __real_execve(path, argv, env);
}

int __wrap_execv(const char *path, char *const argv[])
{
	write_out();
	return __real_execv(path, argv);
}

int __wrap_execvp(const char *name, char *const argv[])
{
	write_out();
	return __real_execvp(name, argv);
}
