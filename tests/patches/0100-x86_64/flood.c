/* SPDX-License-Identifier: 0BSD */
/* flood PART...: writes parts to descriptor 1, fast. A part is N:TEXT, the text N
 * times over; \n, \r, \0 and \\ in it are what they are in C. It stops, and ends
 * with 3, when nobody reads any longer. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

static void put(const char *from, size_t n)
{
	while (n) {
		ssize_t put = write(1, from, n);

		if (put < 0)
			_exit(errno == EPIPE ? 3 : 1);
		from += put;
		n -= (size_t)put;
	}
}

static size_t unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		char c = *at;

		if (c == '\\') {
			c = *++at;
			c = c == 'n'       ? '\n'
				: c == 'r' ? '\r'
				: c == '0' ? 0
					   : c;
		}
		*to++ = c;
	}
	return (size_t)(to - text);
}

/* Writes times copies, as many at once as a block holds. */
static void put_part(char *part)
{
	static char block[BLOCK];
	char *text;
	uint64_t times = strtoull(part, &text, 10);
	size_t n = unescape(++text);
	size_t many = BLOCK / n;

	for (size_t i = 0; i < many && i < times; i++)
		memcpy(block + i * n, text, n);
	for (; times >= many; times -= many)
		put(block, many * n);
	put(block, times * n);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++)
		put_part(argv[i]);
	return 0;
}
