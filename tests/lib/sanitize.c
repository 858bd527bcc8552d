/* SPDX-License-Identifier: 0BSD */
/* Linked into programs built with sanitizers: what they find goes to files, as most
 * programs run with an environment and descriptors of their own. */

#define REPORTS "log_path=/tmp/sanitizer/report:print_stacktrace=1"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* Leaks are not looked for: a program that ends gives its memory back. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:" REPORTS;
}

const char *__ubsan_default_options(void)
{
	return REPORTS;
}
