/* SPDX-License-Identifier: 0BSD */
/* Lists of addresses in header fields (RFC 822 section 6.1).
 *
 * The field is read from its end, where it is easy: what comes before a ">" is
 * an address until the "<", and only then may a phrase come, which needs no
 * marks; a group's name comes after all its members.
 */
#include "lib/mail/addrlist.h"

#include "lib/str/alloc.h"

enum state {
	OPEN,   /* a word begins an address, or belongs to the one read */
	CLOSED, /* a word was last: one more belongs to another address */
	ROUTE,  /* between ">" and "<" */
	PHRASE, /* before a "<" */
	NAME,   /* before the ":" of a group */
	STATES
};

/* What to do with a token. */
enum action {
	KEEP,  /* it stays where it is */
	TAKE,  /* it belongs to the address */
	NEXT,  /* the address ends behind it, a comma missing; take it */
	END,   /* the address ends behind it */
	PART,  /* the same, a comma missing */
	CLOSE, /* the same for an address in brackets, which may be empty */
	GROUP, /* the address ends, a comma missing; a group ends here */
	BEGIN  /* the address ends; the group begins here */
};

struct rule {
	unsigned char action;
	unsigned char next;
};

#define RULES_OF_A_LIST(word, after)                                           \
	[TOKEN_ATOM] = {word, CLOSED}, [TOKEN_QUOTED] = {word, CLOSED},        \
	[TOKEN_LITERAL] = {word, CLOSED}, [TOKEN_COMMENT] = {KEEP, after},     \
	[TOKEN_DOT] = {TAKE, OPEN}, [TOKEN_AT] = {TAKE, OPEN},                 \
	[TOKEN_LEFT] = {TAKE, OPEN}, [TOKEN_COMMA] = {END, OPEN},              \
	[TOKEN_RIGHT] = {PART, ROUTE}, [TOKEN_COLON] = {BEGIN, NAME},          \
	[TOKEN_SEMI] = {GROUP, OPEN}

static const struct rule rules[STATES][TOKEN_KINDS] =
	{
		[OPEN] = {RULES_OF_A_LIST(TAKE, OPEN)},
		[CLOSED] = {RULES_OF_A_LIST(NEXT, CLOSED)},
		[ROUTE] =
			{
				[TOKEN_ATOM] = {TAKE, ROUTE},
				[TOKEN_QUOTED] = {TAKE, ROUTE},
				[TOKEN_LITERAL] = {TAKE, ROUTE},
				[TOKEN_COMMENT] = {TAKE, ROUTE},
				[TOKEN_DOT] = {TAKE, ROUTE},
				[TOKEN_AT] = {TAKE, ROUTE},
				[TOKEN_LEFT] = {CLOSE, PHRASE},
				[TOKEN_COMMA] = {TAKE, ROUTE},
				[TOKEN_RIGHT] = {TAKE, ROUTE},
				[TOKEN_COLON] = {TAKE, ROUTE},
				[TOKEN_SEMI] = {TAKE, ROUTE},
			},
		[PHRASE] =
			{
				[TOKEN_ATOM] = {KEEP, PHRASE},
				[TOKEN_QUOTED] = {KEEP, PHRASE},
				[TOKEN_LITERAL] = {NEXT, CLOSED},
				[TOKEN_COMMENT] = {KEEP, PHRASE},
				[TOKEN_DOT] = {KEEP, PHRASE},
				[TOKEN_AT] = {KEEP, PHRASE},
				[TOKEN_LEFT] = {TAKE, OPEN},
				[TOKEN_COMMA] = {END, OPEN},
				[TOKEN_RIGHT] = {PART, ROUTE},
				[TOKEN_COLON] = {BEGIN, NAME},
				[TOKEN_SEMI] = {GROUP, OPEN},
			},
		[NAME] =
			{
				[TOKEN_ATOM] = {KEEP, NAME},
				[TOKEN_QUOTED] = {KEEP, NAME},
				[TOKEN_LITERAL] = {KEEP, NAME},
				[TOKEN_COMMENT] = {KEEP, NAME},
				[TOKEN_DOT] = {KEEP, NAME},
				[TOKEN_AT] = {KEEP, NAME},
				[TOKEN_LEFT] = {KEEP, NAME},
				[TOKEN_COMMA] = {KEEP, OPEN},
				[TOKEN_RIGHT] = {KEEP, NAME},
				[TOKEN_COLON] = {KEEP, NAME},
				[TOKEN_SEMI] = {KEEP, NAME},
			},
};

/* Makes an address of the tokens taken since the last one, which lie between
 * place and end, if there are any or it may be empty. */
static void finish(struct addrlist *list, slen place, slen end,
	int may_be_empty, int comma)
{
	struct address *address;
	struct tokens words = {0};

	for (slen i = place; i < end; i++)
		if (list->taken[i])
			tokens_add(&words, list->field->at[i]);
	if (words.count == 0 && !may_be_empty)
		return;
	list->at = alloc_one_more(
		list->at, list->count, &list->room, sizeof *list->at);
	address = &list->at[list->count++];
	address->words = words;
	address->place = place;
	address->comma = comma;
}

/* Reads the field from its end. */
static int read_backwards(struct addrlist *list)
{
	enum state state = OPEN;
	slen end = list->field->count; /* all before it is in no address yet */
	int in_group = 0;

	for (slen i = end; i-- > 0;) {
		struct rule rule = rules[state][list->field->at[i].kind];

		state = rule.next;
		list->taken[i] = rule.action == TAKE || rule.action == NEXT;
		if (rule.action == KEEP || rule.action == TAKE)
			continue;
		finish(list, i + 1, end, rule.action == CLOSE,
			rule.action == NEXT || rule.action == PART ||
				rule.action == GROUP);
		end = rule.action == NEXT ? i + 1 : i;
		if (rule.action == GROUP || rule.action == BEGIN) {
			if (in_group != (rule.action == BEGIN))
				return -1;
			in_group = !in_group;
		}
	}
	if (state == ROUTE)
		return -1;
	finish(list, 0, end, 0, 0);
	return 0;
}

int addrlist_find(struct addrlist *list, const struct tokens *field)
{
	*list = (struct addrlist){.field = field};
	list->taken = alloc_get(field->count);
	return read_backwards(list);
}

void addrlist_join(struct tokens *out, const struct addrlist *list)
{
	static const struct token comma = {TOKEN_COMMA, ",", 1};
	slen left = list->count;

	for (slen i = 0; i <= list->field->count; i++) {
		while (left && list->at[left - 1].place == i) {
			const struct address *address = &list->at[--left];

			if (address->comma)
				tokens_add(out, comma);
			tokens_addn(
				out, address->words.at, address->words.count);
		}
		if (i < list->field->count && !list->taken[i])
			tokens_add(out, list->field->at[i]);
	}
}

void addrlist_free(struct addrlist *list)
{
	for (slen i = 0; i < list->count; i++)
		tokens_free(&list->at[i].words);
	alloc_release(list->at);
	alloc_release(list->taken);
	*list = (struct addrlist){0};
}
