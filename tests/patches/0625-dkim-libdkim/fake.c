/* SPDX-License-Identifier: 0BSD */
/* Stands for libdkim in tests, and does as $FAKE says: right (it knows the answers to
 * the examples, and takes all else for valid), pass, fail, none (it sees no signature),
 * crash, hang; or after-crash, after-hang: right, until a message is no example. */
#include <dkim.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 1 << 20, SIGNATURES = 10 };

static char text[ROOM];
static size_t used;
static DKIMVerifyOptions wishes;
static DKIMVerifyDetails details[SIGNATURES];

static int is(const char *word)
{
	const char *mode = getenv("FAKE");

	return mode && strcmp(mode, word) == 0;
}

static int holds(const char *word)
{
	return strstr(text, word) != NULL;
}

int DKIM_CALL DKIMVerifyInit(DKIMContext *context, DKIMVerifyOptions *options)
{
	(void)context;
	wishes = *options;
	used = 0;
	text[0] = '\0';
	return DKIM_SUCCESS;
}

int DKIM_CALL DKIMVerifyProcess(
	DKIMContext *context, const char *from, int n)
{
	(void)context;
	if (used + (size_t)n >= ROOM)
		return DKIM_OUT_OF_MEMORY;
	memcpy(text + used, from, (size_t)n);
	used += (size_t)n;
	text[used] = '\0';
	return DKIM_SUCCESS;
}

int DKIM_CALL DKIMVerifyResults(DKIMContext *context)
{
	const char *other = holds("football") ? "" : getenv("FAKE");

	(void)context;
	if (is("crash") || strcmp(other, "after-crash") == 0)
		abort();
	while (is("hang") || strcmp(other, "after-hang") == 0)
		pause();
	return DKIM_SUCCESS;
}

/* A tag's value, up to the semicolon. */
static void value(char *to, size_t room, const char *from, const char *name)
{
	const char *at = strstr(from, name);
	size_t n;

	while (at && at[-1] != ' ' && at[-1] != '\t')
		at = strstr(at + 1, name);
	n = at ? strcspn(at + strlen(name), ";\r") : 0;

	if (n >= room)
		n = 0;
	if (at)
		memcpy(to, at + strlen(name), n);
	to[n] = '\0';
}

static int answer(const char *signature)
{
	char domain[200];
	char name[500];
	char key[2000];

	value(name, 200, signature, "s=");
	value(domain, sizeof domain, signature, "d=");
	strcat(name, "._domainkey.");
	strcat(name, domain);
	if (wishes.pfnSelectorCallback(name, key, sizeof key) != 0)
		return DKIM_SELECTOR_DNS_PERM_FAILURE;
	if (is("fail"))
		return DKIM_SIGNATURE_BAD;
	if (is("pass"))
		return DKIM_SUCCESS;
	if (holds("angry"))
		return DKIM_BODY_HASH_MISMATCH;
	return holds("burnt") ? DKIM_SIGNATURE_BAD : DKIM_SUCCESS;
}

int DKIM_CALL DKIMVerifyGetDetails(DKIMContext *context, int *count,
	DKIMVerifyDetails **out, char *policy)
{
	const char *at = text;

	(void)context;
	(void)policy;
	*count = 0;
	*out = details;
	while (!is("none") && (at = strstr(at, "DKIM-Signature:")))
		details[(*count)++].nResult = answer(at++);
	return DKIM_SUCCESS;
}

void DKIM_CALL DKIMVerifyFree(DKIMContext *context)
{
	(void)context;
}
