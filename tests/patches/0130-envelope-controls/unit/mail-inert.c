/* SPDX-License-Identifier: 0BSD */
/* lib/mail/inert */
#include "lib/mail/inert.h"

#include "harness.h"

TEST(cr_lf_and_nul_break_a_line_wherever_they_stand)
{
	char text[3] = "xxx";

	want_num(0, inert_breaks_line("", 0));
	want_num(0, inert_breaks_line(NULL, 0));
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof text; at++) {
			int breaks = c == 0 || c == '\r' || c == '\n';

			text[at] = (char)c;
			want_case(unit_label(c), breaks,
				inert_breaks_line(text, sizeof text));
			text[at] = 'x';
		}
}

/* what a terminal acts upon, by its number in ECMA-48 */
static int acts(unsigned c)
{
	return c == 5 || c == 7 || c == 8 || c == 11 || c == 12 || c == 14 ||
		c == 15 || c == 17 || c == 19 || c == 24 || c == 26 || c == 27;
}

TEST(every_byte_is_itself_or_harmless)
{
	for (unsigned c = 0; c < 256; c++) {
		int line = acts(c) || c == 0 || c == '\r' || c == '\n';
		int text = acts(c) || c == 0;

		want_case(unit_label(c), (char)(line ? '_' : c),
			inert_in_line((char)c));
		want_case(unit_label(c),
			(char)(text ? '?' : c == '\r' ? ' ' : c),
			inert_in_text((char)c));
	}
}

TEST(an_address_is_quoted_and_stays_in_its_line)
{
	struct stralloc out = {0};

	sa_copys(&out, "To: \n");
	inert_addr(&out, "a\nBcc: b\r@c\n\033d");
	want_sa("To: \n\"a\\_Bcc: b\\_\"@c__d", &out);
	sa_clear(&out);
	inert_addr(&out, "plain@x.test");
	want_sa("plain@x.test", &out);
	inert_addr(&out, "");
	want_sa("plain@x.test", &out);
	sa_free(&out);
}
