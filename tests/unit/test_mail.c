/* SPDX-License-Identifier: 0BSD */
/* lib/mail: control files, tables, dates, quoting, headers, addresses, mbox. */
#include "unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/fd.h"
#include "lib/mail/addrlist.h"
#include "lib/mail/constmap.h"
#include "lib/mail/control.h"
#include "lib/mail/date.h"
#include "lib/mail/header.h"
#include "lib/mail/maildir.h"
#include "lib/mail/mbox.h"
#include "lib/mail/quote.h"
#include "lib/mail/submit-verdict.h"
#include "lib/mail/token.h"

static void put_file(const char *path, const char *text)
{
	int fd = open_trunc(path);

	assert_true(fd >= 0);
	assert_int_equal(fd_write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void a_control_line_is_the_first_without_its_end(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"\n", ""},
		{"one", "one"},
		{"one\ntwo\n", "one"},
		{"  lead \t\n", "  lead"},
		{"# c\n", "# c"},
		{"\nsecond\n", ""},
	};
	struct stralloc line = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		put_file("control", cases[i][0]);
		assert_int_equal(control_line(&line, "control"), 1);
		assert_text(&line, cases[i][1]);
	}
	assert_int_equal(control_line(&line, "no-such-file"), 0);
	assert_int_equal(control_line(&line, "."), -1);
	sa_free(&line);
}

static void a_control_number_is_cut_to_32_bits(void **state)
{
	static const struct {
		const char *text;
		int there;
		int value;
	} cases[] = {
		{"", 0, 7},
		{"\n", 0, 7},
		{"x\n", 0, 7},
		{"-1\n", 0, 7},
		{" 5\n", 0, 7},
		{"0\n", 1, 0},
		{"12x\n", 1, 12},
		{"604800", 1, 604800},
		{"4294967296\n", 1, 0},
		{"4294967297\n", 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int value = 7;

		put_file("number", cases[i].text);
		assert_int_equal(control_int(&value, "number"), cases[i].there);
		assert_int_equal(value, cases[i].value);
	}
}

static void a_control_list_drops_blank_lines_and_comments(void **state)
{
	struct stralloc lines = {0};

	(void)state;
	put_file("list", "a\n\n# c\n  \nb \t\n #d\nlast");
	assert_int_equal(control_list(&lines, "list"), 1);
	assert_holds(&lines, "a\0b\0 #d\0last\0");
	put_file("list", "");
	assert_int_equal(control_list(&lines, "list"), 1);
	assert_int_equal(lines.len, 0);
	assert_int_equal(control_list(&lines, "no-such-file"), 0);
	assert_int_equal(control_list(&lines, "."), -1);
	sa_free(&lines);
}

static void a_table_finds_keys_whatever_their_case(void **state)
{
	struct stralloc lines = {0};
	struct constmap map = {0};

	(void)state;
	assert_null(constmap_find(&map, "a", 1));
	sa_copyb(&lines, "Key:one\0other:a:b\0no colon\0key:two\0:catch\0", 42);
	constmap_make(&map, &lines, CONSTMAP_PAIRS);
	sa_free(&lines);
	assert_string_equal(constmap_find(&map, "KEY", 3), "two");
	assert_string_equal(constmap_find(&map, "other", 5), "a:b");
	assert_string_equal(constmap_find(&map, "", 0), "catch");
	assert_null(constmap_find(&map, "no colon", 8));
	assert_null(constmap_find(&map, "ke", 2));
	constmap_free(&map);
	sa_copyb(&lines, "x.y\0a:b\0", 8);
	constmap_make(&map, &lines, CONSTMAP_KEYS);
	assert_string_equal(constmap_find(&map, "X.Y", 3), "");
	assert_string_equal(constmap_find(&map, "a:b", 3), "");
	assert_null(constmap_find(&map, "a", 1));
	constmap_free(&map);
	constmap_free(&map);
	sa_free(&lines);
}

static void a_large_table_loses_nothing(void **state)
{
	struct stralloc lines = {0};
	struct stralloc key = {0};
	struct constmap map = {0};

	(void)state;
	for (unsigned long i = 0; i < 20000; i++) {
		sa_cats(&lines, "host");
		sa_catnum(&lines, i);
		sa_0(&lines);
	}
	constmap_make(&map, &lines, CONSTMAP_KEYS);
	for (unsigned long i = 0; i < 20000; i++) {
		sa_copys(&key, "HOST");
		sa_catnum(&key, i);
		assert_non_null(constmap_find(&map, key.s, key.len));
	}
	constmap_free(&map);
	sa_free(&lines);
	sa_free(&key);
}

static void dates_are_utc_and_padded_as_each_format_has_it(void **state)
{
	static const struct {
		time_t when;
		const char *header;
		const char *mbox;
	} cases[] = {
		{0, "1 Jan 1970 00:00:00 -0000", "Thu Jan 01 00:00:00 1970"},
		{951782400, "29 Feb 2000 00:00:00 -0000",
			"Tue Feb 29 00:00:00 2000"},
		{951868799, "29 Feb 2000 23:59:59 -0000",
			"Tue Feb 29 23:59:59 2000"},
		{1793588645, "2 Nov 2026 03:04:05 -0000",
			"Mon Nov 02 03:04:05 2026"},
		{4107542400, "1 Mar 2100 00:00:00 -0000",
			"Mon Mar 01 00:00:00 2100"},
		{2147483648, "19 Jan 2038 03:14:08 -0000",
			"Tue Jan 19 03:14:08 2038"},
	};
	struct stralloc out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		sa_clear(&out);
		date_header(&out, cases[i].when);
		assert_text(&out, cases[i].header);
		sa_clear(&out);
		date_mbox(&out, cases[i].when);
		assert_text(&out, cases[i].mbox);
	}
	sa_clear(&out);
	date_zoned(&out, 0, 90);
	assert_text(&out, "1 Jan 1970 01:30:00 +0130");
	sa_clear(&out);
	date_zoned(&out, 0, -210);
	assert_text(&out, "31 Dec 1969 20:30:00 -0330");
	sa_free(&out);
}

static void addresses_are_quoted_when_they_must_be(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"a@b", "a@b"},
		{"a.b@c", "a.b@c"},
		{"a b@c", "\"a b\"@c"},
		{".a@b", "\".a\"@b"},
		{"a.@b", "\"a.\"@b"},
		{"a..b@c", "\"a..b\"@c"},
		{"a\"b@c", "\"a\\\"b\"@c"},
		{"a\\b@c", "\"a\\\\b\"@c"},
		{"a@b@c", "\"a@b\"@c"},
		{"@c", "\"\"@c"},
		{"a b", "\"a b\""},
		{"a", "a"},
		{"a,b@c", "\"a,b\"@c"},
		{"a@", "a@"},
	};
	struct stralloc out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		sa_clear(&out);
		quote_addr(&out, cases[i][0]);
		assert_text(&out, cases[i][1]);
	}
	sa_clear(&out);
	quote_box(&out, "a\nb", 3);
	assert_int_equal(out.s[0], '"');
	sa_free(&out);
}

static const char *feed;
static size_t fed;

static ssize_t from_memory(int fd, void *to, size_t n)
{
	size_t left = strlen(feed) - fed;

	(void)fd;
	if (n > left)
		n = left;
	memcpy(to, feed + fed, n);
	fed += n;
	return (ssize_t)n;
}

static void source(struct inbuf *in, char *mem, size_t size, const char *text)
{
	feed = text;
	fed = 0;
	inbuf_init(in, from_memory, -1, mem, size);
}

static void a_header_is_read_field_by_field(void **state)
{
	char mem[7];
	struct inbuf in;
	struct header header = {0};
	struct stralloc field = {0};

	(void)state;
	source(&in, mem, sizeof mem, "From x y\nA: b\n c\n\td\nE:\n\nbody\n");
	header_start(&header, &in);
	assert_int_equal(header_next(&header, &field), 1);
	assert_holds(&field, "MBOX-Line: From x y\n");
	assert_int_equal(header_next(&header, &field), 1);
	assert_holds(&field, "A: b\n c\n\td\n");
	assert_int_equal(header_next(&header, &field), 1);
	assert_holds(&field, "E:\n");
	assert_int_equal(header_next(&header, &field), 0);
	assert_holds(&header.ahead, "\n");
	header_free(&header);
	source(&in, mem, sizeof mem, "A: b\nno field here\n");
	header_start(&header, &in);
	assert_int_equal(header_next(&header, &field), 1);
	assert_int_equal(header_next(&header, &field), 0);
	assert_holds(&header.ahead, "\nno field here\n");
	header_free(&header);
	source(&in, mem, sizeof mem, "A: unended");
	header_start(&header, &in);
	assert_int_equal(header_next(&header, &field), 1);
	assert_holds(&field, "A: unended\n");
	assert_int_equal(header_next(&header, &field), 0);
	assert_int_equal(header.ahead.len, 0);
	header_free(&header);
	sa_free(&field);
}

static void a_field_has_a_name_and_a_colon(void **state)
{
	static const struct {
		const char *line;
		int field;
		slen len;
		slen value;
	} cases[] = {
		{"To: x\n", 1, 2, 3},
		{"To \t: x\n", 1, 2, 5},
		{": x\n", 0, 0, 0},
		{" To: x\n", 0, 0, 0},
		{"To\n", 0, 0, 0},
		{"T o: x\n", 0, 0, 0},
		{"T\xe9: x\n", 0, 0, 0},
		{"T\x01: x\n", 0, 0, 0},
		{"", 0, 0, 0},
		{"a:b:c\n", 1, 1, 2},
		{"~!:\n", 1, 2, 3},
	};
	struct field_name name;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		slen n = (slen)strlen(cases[i].line);

		assert_int_equal(
			field_name(&name, cases[i].line, n), cases[i].field);
		if (!cases[i].field)
			continue;
		assert_int_equal(name.len, cases[i].len);
		assert_int_equal(name.value, cases[i].value);
	}
	assert_int_equal(field_name(&name, "RESENT-to: x", 12), 1);
	assert_true(field_is(&name, "Resent-To"));
	assert_false(field_is(&name, "Resent"));
}

/* The addresses of a field, each with a blank after it, as envelopes have them. */
static int addresses(struct stralloc *out, const char *text)
{
	struct tokens tokens = {0};
	struct addrlist list = {0};
	int result = tokens_scan(&tokens, text, (slen)strlen(text));

	sa_clear(out);
	if (result == 0)
		result = addrlist_find(&list, &tokens);
	if (result == 0)
		for (slen i = 0; i < list.count; i++) {
			tokens_flat(out, &list.at[i].words);
			sa_catc(out, ' ');
		}
	addrlist_free(&list);
	tokens_free(&tokens);
	return result;
}

static void address_lists_are_read_from_their_end(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"a@b", "a@b "},
		{"a, b", "b a "},
		{"A B <a@b>", "a@b "},
		{"a b c", "c b a "},
		{",,a,,", "a "},
		{"g: a, b;", "b a "},
		{"g:;", ""},
		{"(c) a (d) @ (e) b", "a@b "},
		{"\"x y\"@z", "x y@z "},
		{"<>", " "},
		{"a@[1.2.3.4]", "a@[1.2.3.4] "},
		{"<a@b> <c@d>", "c@d a@b "},
		{"\"a\\\"b\"@c", "a\"b@c "},
	};
	static const char *const wrong[] = {
		"(open",
		"\"open",
		"[open",
		")",
		"]",
		"a:b",
		"a;b;",
		"a>",
		"g: h: a;;",
	};
	struct stralloc out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(addresses(&out, cases[i][0]), 0);
		assert_text(&out, cases[i][1]);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(addresses(&out, wrong[i]), -1);
	sa_free(&out);
}

static void mbox_text_cannot_pass_for_a_separator(void **state)
{
	static const char *const marked[] = {
		"From ", "From x", ">From ", ">>>From x"};
	static const char *const plain[] = {
		"", ">", "From", "from x", " From x", "> From x"};
	struct stralloc out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(marked); i++)
		assert_true(
			mbox_needs_mark(marked[i], (slen)strlen(marked[i])));
	for (size_t i = 0; i < COUNT(plain); i++)
		assert_false(mbox_needs_mark(plain[i], (slen)strlen(plain[i])));
	mbox_separator(&out, "a b\tc\n@d", 8, 0);
	assert_text(&out, "From a-b-c-@d Thu Jan 01 00:00:00 1970\n");
	sa_clear(&out);
	mbox_separator(&out, "", 0, 0);
	assert_text(&out, "From MAILER-DAEMON Thu Jan 01 00:00:00 1970\n");
	sa_free(&out);
}

static void mbox_text_ends_with_a_blank_line(void **state)
{
	static const char *const cases[][3] = {
		{"", "\n", "\n"},
		{"a\n", "a\n\n", "a\n\n"},
		{"a", "a\n\n", "\n"},
		{"From x\nb", ">From x\nb\n\n", ">From x\n\n"},
		{"\n", "\n\n", "\n\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (int rest = 0; rest < 2; rest++) {
			char inmem[3];
			char outmem[64];
			struct inbuf in;
			struct outbuf out;

			source(&in, inmem, sizeof inmem, cases[i][0]);
			outbuf_init(&out, fd_write, -1, outmem, sizeof outmem);
			assert_int_equal(mbox_copy(&out, &in,
						 rest ? MBOX_REST_DROPPED
						      : MBOX_REST_ENDED),
				0);
			assert_int_equal(out.used, strlen(cases[i][1 + rest]));
			assert_memory_equal(
				outmem, cases[i][1 + rest], out.used);
		}
}

static void every_queue_code_has_its_verdict(void **state)
{
	(void)state;
	assert_string_equal(submit_verdict(0, 0), "");
	assert_int_equal(submit_verdict(0, 1)[0], 'Z');
	assert_int_equal(submit_verdict(9, 0)[0], 'Z');
	for (int code = 1; code < 256; code++) {
		int permanent = (code >= 11 && code <= 40) || code == 115;
		const char *verdict = submit_verdict(code << 8, 0);

		assert_int_equal(verdict[0], permanent ? 'D' : 'Z');
		assert_int_equal(verdict[strlen(verdict) - 1], ')');
		assert_non_null(strstr(verdict, permanent ? "(#5." : "(#4."));
	}
}

static void a_maildir_lists_messages_by_age(void **state)
{
	static const struct {
		const char *path;
		time_t when;
	} files[] = {{"new/b", 300}, {"cur/a:2,S", 100}, {"new/c", 200},
		{"new/.dot", 50}, {"cur/late", 5000}, {"tmp/x", 10}};
	struct maildir dir = {0};

	(void)state;
	mkdir("tmp", 0700);
	mkdir("new", 0700);
	mkdir("cur", 0700);
	for (size_t i = 0; i < COUNT(files); i++) {
		struct timespec times[2] = {
			{.tv_sec = files[i].when}, {.tv_sec = files[i].when}};

		put_file(files[i].path, "x");
		assert_int_equal(utimensat(-100, files[i].path, times, 0), 0);
	}
	assert_int_equal(maildir_scan(&dir, 1000), 0);
	assert_int_equal(dir.count, 3);
	assert_string_equal(maildir_path(&dir, 0), "cur/a:2,S");
	assert_string_equal(maildir_path(&dir, 1), "new/c");
	assert_string_equal(maildir_path(&dir, 2), "new/b");
	maildir_sweep();
	assert_int_equal(access("tmp/x", F_OK), -1);
	assert_int_equal(access("cur/late", F_OK), 0);
	sa_free(&dir.names);
	free(dir.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_control_line_is_the_first_without_its_end),
		cmocka_unit_test(a_control_number_is_cut_to_32_bits),
		cmocka_unit_test(a_control_list_drops_blank_lines_and_comments),
		cmocka_unit_test(a_table_finds_keys_whatever_their_case),
		cmocka_unit_test(a_large_table_loses_nothing),
		cmocka_unit_test(
			dates_are_utc_and_padded_as_each_format_has_it),
		cmocka_unit_test(addresses_are_quoted_when_they_must_be),
		cmocka_unit_test(a_header_is_read_field_by_field),
		cmocka_unit_test(a_field_has_a_name_and_a_colon),
		cmocka_unit_test(address_lists_are_read_from_their_end),
		cmocka_unit_test(mbox_text_cannot_pass_for_a_separator),
		cmocka_unit_test(mbox_text_ends_with_a_blank_line),
		cmocka_unit_test(every_queue_code_has_its_verdict),
		cmocka_unit_test(a_maildir_lists_messages_by_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
