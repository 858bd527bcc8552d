/* SPDX-License-Identifier: 0BSD */
/* Addresses and control files of any bytes: what comes out is an address with a
 * domain, made of the prefix that virtualdomains tells and what went in;
 * reading the files again changes nothing.
 *
 * Input: control/locals, percenthack, virtualdomains and an address, each up to
 * a NUL. */
#define _GNU_SOURCE
#include "queue-tree.h"

#include "queue/routing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = {
	"control/locals", "control/percenthack", "control/virtualdomains", 0};

static void start(void)
{
	mkdir("control", 0700);
	tree_put("control/envnoathost", "here\n", 5);
	tree_catch_log();
}

/* Takes the input up to the next NUL. Returns its length. */
static size_t part(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\0', size);

	return end ? (size_t)(end - data) : size;
}

/* Without its last @, and with an @ for every %: the same for an address and
 * what becomes of it. */
static size_t flatten(char *out, const char *from)
{
	size_t n = 0;

	for (; *from; from++)
		out[n++] = *from == '%' ? '@' : *from;
	out[n] = '\0';
	return n;
}

static void check(const char *address)
{
	struct stralloc out = {0};
	struct stralloc again = {0};
	enum channel channel = routing_decide(&out, address);
	size_t n = strlen(address);
	char *in = malloc(n + 8);
	char *result;
	const char *original;

	strcpy(in, address);
	if (!strchr(in, '@'))
		strcat(in, "@here");
	flatten(in, in);
	original = channel == CHANNEL_REMOTE ? out.s : NULL;
	result = malloc(out.len + 1);
	flatten(result, out.s);
	if (strlen(out.s) != out.len || !strchr(out.s, '@'))
		abort();
	if (original && strncmp(in, result, strlen(result)) != 0)
		abort();
	original = routing_original(out.s);
	if (original < out.s || original > out.s + out.len ||
		(original > out.s && original[-1] != '-'))
		abort();
	routing_reload();
	if (routing_decide(&again, address) != channel ||
		strcmp(again.s, out.s) != 0)
		abort();
	free(in);
	free(result);
	sa_free(&out);
	sa_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *address;
	size_t n;

	if (scratch_enter())
		start();
	for (int i = 0; files[i]; i++) {
		n = part(data, size);
		tree_put(files[i], data, n);
		data += n < size ? n + 1 : n;
		size -= n < size ? n + 1 : n;
	}
	n = part(data, size);
	address = strndup((const char *)data, n);
	if (routing_load() < 0)
		abort();
	check(address);
	free(address);
	tree_check_log();
	scratch_leave();
	return 0;
}
