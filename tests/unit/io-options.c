/* SPDX-License-Identifier: 0BSD */
/* lib/io/options */
#include "lib/io/options.h"

#include <unistd.h>

#include "harness.h"

static char *words[8];
static int count;

static void line(char *first, ...)
{
	va_list list;

	count = 0;
	optind = 0;
	va_start(list, first);
	for (char *word = first; word; word = va_arg(list, char *))
		words[count++] = word;
	va_end(list);
	words[count] = NULL;
}

TEST(letters_and_values_come_in_order)
{
	line("prog", "-av", "value", "-vglued", "word", "-a", NULL);
	want_num('a', option_next(count, words, "av:"));
	want_num('v', option_next(count, words, "av:"));
	want_str("value", optarg);
	want_num('v', option_next(count, words, "av:"));
	want_str("glued", optarg);
	want_num(-1, option_next(count, words, "av:"));
	want_str("word", words[optind]);
}

TEST(two_hyphens_end_the_options)
{
	line("prog", "--", "-a", NULL);
	want_num(-1, option_next(count, words, "a"));
	want_num(2, optind);
}

TEST(a_value_with_two_colons_is_the_rest_of_its_word)
{
	line("prog", "-oX", "-o", "X", NULL);
	want_num('o', option_next(count, words, "o::"));
	want_str("X", optarg);
	want_num('o', option_next(count, words, "o::"));
	assert_null(optarg);
	want_num(-1, option_next(count, words, "o::"));
	want_str("X", words[optind]);
}

TEST(a_lone_hyphen_is_a_word)
{
	line("prog", "-", NULL);
	want_num(-1, option_next(count, words, "a"));
	want_num(1, optind);
}

static void give_an_unknown_letter(void)
{
	line("/usr/bin/prog", "-x", NULL);
	want_num('?', option_next(count, words, "a"));
}

static void leave_the_value_out(void)
{
	line("prog", "-v", NULL);
	want_num('?', option_next(count, words, "v:"));
}

TEST(an_unknown_letter_is_told_in_the_programs_name)
{
	want_num(0, child_run(give_an_unknown_letter));
	want_sa("prog: illegal option -- x\n", &child_said);
}

TEST(a_missing_value_is_told)
{
	want_num(0, child_run(leave_the_value_out));
	want_sa("prog: option requires an argument -- v\n", &child_said);
}

TEST(an_empty_command_line_has_no_options)
{
	line(NULL);
	want_num(-1, option_next(0, words, "a"));
	want_num(0, optind);
}
