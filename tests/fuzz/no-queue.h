/* SPDX-License-Identifier: 0BSD */
/* The queue's place for targets that submit mail: takes all and keeps nothing,
 * and sees that the calls come in order. */
#ifndef FUZZ_NO_QUEUE_H
#define FUZZ_NO_QUEUE_H

#include <stdlib.h>
#include <string.h>

#include "lib/mail/submit.h"

static int open_messages;
static size_t longest_address = 999;

/* If not null, is told of a message that is opened (O) or closed (C), of its bytes (M),
 * of the sender (F) and each recipient (T), a string with its NUL. */
static void (*queue_sees)(char what, const char *from, size_t n);

static inline void check(int good)
{
	if (!good)
		abort();
}

static inline void queue_told(char what, const char *from, size_t n)
{
	if (queue_sees)
		queue_sees(what, from, n);
}

int submit_open(struct submit *sub)
{
	queue_told('O', "", 0);
	sub->failed = 0;
	sub->message = 0;
	check(++open_messages == 1);
	return 0;
}

unsigned long submit_qp(const struct submit *sub)
{
	(void)sub;
	return 1;
}

void submit_put(struct submit *sub, const void *from, size_t n)
{
	volatile unsigned char sum = 0;

	check(sub->message == 0);
	queue_told('M', from, n);
	for (size_t i = 0; i < n; i++)
		sum = (unsigned char)(sum + ((const unsigned char *)from)[i]);
}

void submit_puts(struct submit *sub, const char *text)
{
	submit_put(sub, text, strlen(text));
}

void submit_fail(struct submit *sub)
{
	sub->failed = 1;
}

void submit_from(struct submit *sub, const char *sender)
{
	check(strlen(sender) <= longest_address);
	queue_told('F', sender, strlen(sender) + 1);
	sub->message = 1;
}

void submit_to(struct submit *sub, const char *recipient)
{
	check(sub->message == 1);
	check(strlen(recipient) <= longest_address);
	queue_told('T', recipient, strlen(recipient) + 1);
}

const char *submit_close(struct submit *sub)
{
	check(--open_messages == 0);
	queue_told('C', sub->failed ? "x" : "", sub->failed);
	return sub->failed ? "Zqq read error (#4.3.0)" : "";
}

#endif
