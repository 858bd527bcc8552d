/* SPDX-License-Identifier: 0BSD */
/* What every file of unit tests needs. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/str/stralloc.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Are the contents that text, NULs and all? */
#define assert_holds(sa, text)                                                 \
	do {                                                                   \
		assert_int_equal((sa)->len, sizeof(text) - 1);                 \
		if ((sa)->len)                                                 \
			assert_memory_equal((sa)->s, text, sizeof(text) - 1);  \
	} while (0)

#define assert_text(sa, text) assert_string_equal(sa_cstr(sa), text)

#endif
