/* SPDX-License-Identifier: 0BSD */
/* lib/io/cdb */
#define _GNU_SOURCE
#include "lib/io/cdb.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/io/cdb-hash.h"
#include "lib/str/alloc.h"
#include "harness.h"

static struct cdb_make make;
static int fd;

static void begin(void)
{
	fd = memfd_create("cdb", MFD_CLOEXEC);
	want_num(0, cdb_make_start(&make, fd));
}

static void add(const char *key, const char *value)
{
	want_case(key, 0,
		cdb_make_add(&make, key, (slen)strlen(key), value,
			(slen)strlen(value)));
}

static void want_value(const char *key, const char *expected)
{
	char value[256];
	uint32_t len = 77777;

	want_case(key, 1, cdb_find(fd, key, (slen)strlen(key), &len));
	want_case(key, strlen(expected), len);
	want_case(key, len, read(fd, value, len));
	want_bytes(key, expected, strlen(expected), value, len);
}

static void want_none(const char *key)
{
	uint32_t len;

	want_case(key, 0, cdb_find(fd, key, (slen)strlen(key), &len));
}

/* Overwrites bytes of the file. */
static void put(uint32_t at, const void *bytes, size_t n)
{
	want_num(n, pwrite(fd, bytes, n, at));
}

TEST(the_hash_is_that_of_cdb)
{
	want_num(5381, cdb_hash("", 0));
	want_num((5381 * 33) ^ 'a', cdb_hash("a", 1));
	want_num(((5381 * 33) ^ 0xff) * 33, cdb_hash("\xff\0", 2));
	want_num(0xfb2b1316, cdb_hash("morercpthosts", 13));
}

TEST(numbers_are_little_endian)
{
	unsigned char raw[4];

	cdb_pack(raw, 0x80010203u);
	want_text("\x03\x02\x01\x80", raw, 4);
	want_num(0x80010203u, cdb_unpack(raw));
	cdb_pack(raw, UINT32_MAX);
	want_num(UINT32_MAX, cdb_unpack(raw));
}

TEST(a_database_of_no_records_has_2048_bytes_and_no_keys)
{
	begin();
	want_num(0, cdb_make_finish(&make));
	want_num(2048, lseek(fd, 0, SEEK_END));
	want_none("");
	want_none("key");
	close(fd);
}

TEST(one_record_lies_where_the_format_says)
{
	unsigned char file[2048 + 8 + 5 + 16];
	uint32_t hash = cdb_hash("one", 3);

	begin();
	add("one", "11");
	want_num(0, cdb_make_finish(&make));
	want_num(sizeof file, pread(fd, file, sizeof file, 0));
	want_num(sizeof file, lseek(fd, 0, SEEK_END));
	want_text("\3\0\0\0\2\0\0\0one11", file + 2048, 13);
	want_num(2048 + 13, cdb_unpack(file + hash % 256 * 8));
	want_num(2, cdb_unpack(file + hash % 256 * 8 + 4));
	want_num(hash, cdb_unpack(file + 2061 + hash / 256 % 2 * 8));
	want_num(2048, cdb_unpack(file + 2061 + hash / 256 % 2 * 8 + 4));
	want_value("one", "11");
	want_none("on");
	want_none("onex");
	want_none("two");
	close(fd);
}

TEST(empty_keys_and_empty_values_are_kept)
{
	begin();
	add("", "ends");
	add("k", "");
	want_num(0, cdb_make_finish(&make));
	want_value("", "ends");
	want_value("k", "");
	close(fd);
}

TEST(keys_may_hold_any_byte)
{
	uint32_t len;

	begin();
	want_num(0, cdb_make_add(&make, "!a\0", 3, "x\0y", 3));
	want_num(0, cdb_make_add(&make, "!a", 2, "z", 1));
	want_num(0, cdb_make_finish(&make));
	want_num(1, cdb_find(fd, "!a\0", 3, &len));
	want_num(3, len);
	want_value("!a", "z");
	close(fd);
}

TEST(of_equal_keys_the_first_is_found)
{
	begin();
	add("k", "first");
	add("other", "x");
	add("k", "second");
	want_num(0, cdb_make_finish(&make));
	want_value("k", "first");
	close(fd);
}

TEST(ten_thousand_records_are_all_found)
{
	char key[32], value[32];

	begin();
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof key, "user-%d", i);
		snprintf(value, sizeof value, "%d", i * 3);
		add(key, value);
	}
	want_num(0, cdb_make_finish(&make));
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof key, "user-%d", i);
		snprintf(value, sizeof value, "%d", i * 3);
		want_value(key, value);
	}
	for (int i = 10000; i < 12000; i++) {
		snprintf(key, sizeof key, "user-%d", i);
		want_none(key);
	}
	close(fd);
}

TEST(long_keys_are_compared_to_their_end)
{
	char key[201], other[201];

	/* "bC" and "cb" end with one hash: only the bytes tell them apart */
	memset(other, 'x', sizeof other);
	memcpy(other + 198, "bC", 3);
	memset(key, 'x', sizeof key);
	memcpy(key + 198, "cb", 3);
	want_num(cdb_hash(other, 200), cdb_hash(key, 200));
	begin();
	add(other, "other");
	want_num(0, cdb_make_finish(&make));
	want_none(key);
	want_value(other, "other");
	close(fd);
}

TEST(keys_with_one_hash_are_told_apart)
{
	want_num(cdb_hash("bC", 2), cdb_hash("cb", 2));
	begin();
	add("bC", "first");
	add("cb", "second");
	want_num(0, cdb_make_finish(&make));
	want_value("bC", "first");
	want_value("cb", "second");
	close(fd);
}

/* -- files that are no sound database -- */

TEST(a_file_cut_short_is_unsound_wherever_something_needed_is_missing)
{
	uint32_t len, hash = cdb_hash("key", 3);
	off_t needed = 2048 + 16 + hash / 256 % 2 * 8 + 8;

	begin();
	add("key", "value");
	want_num(0, cdb_make_finish(&make));
	for (off_t n = lseek(fd, 0, SEEK_END) - 1; n >= 0; n--) {
		want_num(0, ftruncate(fd, n));
		errno = 0;
		if (n >= needed) {
			want_case(
				unit_label(n), 1, cdb_find(fd, "key", 3, &len));
		} else {
			want_case(unit_label(n), -1,
				cdb_find(fd, "key", 3, &len));
			want_case(unit_label(n), EPROTO, errno);
		}
	}
	close(fd);
}

TEST(an_empty_file_is_unsound)
{
	uint32_t len;

	fd = memfd_create("cdb", MFD_CLOEXEC);
	want_num(-1, cdb_find(fd, "k", 1, &len));
	want_num(EPROTO, errno);
	close(fd);
}

TEST(a_table_beyond_the_end_is_unsound)
{
	uint32_t len;
	unsigned char pair[8];

	begin();
	add("key", "value");
	want_num(0, cdb_make_finish(&make));
	cdb_pack(pair, 0xfffffff0u);
	cdb_pack(pair + 4, 0xffffffffu);
	put(cdb_hash("key", 3) % 256 * 8, pair, 8);
	want_num(-1, cdb_find(fd, "key", 3, &len));
	want_num(EPROTO, errno);
	close(fd);
}

TEST(a_record_beyond_the_end_is_unsound)
{
	uint32_t len, hash = cdb_hash("key", 3);
	unsigned char at[4];

	begin();
	add("key", "value");
	want_num(0, cdb_make_finish(&make));
	cdb_pack(at, 0x7fffffffu);
	put(2048 + 16 + hash / 256 % 2 * 8 + 4, at, 4);
	want_num(-1, cdb_find(fd, "key", 3, &len));
	want_num(EPROTO, errno);
	close(fd);
}

TEST(a_full_table_without_the_key_ends_the_search)
{
	uint32_t len, hash = cdb_hash("key", 3);
	unsigned char slot[8];

	begin();
	add("key", "value");
	want_num(0, cdb_make_finish(&make));
	/* both slots used, by another hash */
	cdb_pack(slot, hash + 256);
	cdb_pack(slot + 4, 2048);
	put(2048 + 16, slot, 8);
	put(2048 + 24, slot, 8);
	want_num(0, cdb_find(fd, "key", 3, &len));
	close(fd);
}

TEST(a_longer_key_in_the_slot_of_its_beginning_is_not_that_key)
{
	uint32_t len, hash = cdb_hash("keyx", 4), wrong = cdb_hash("key", 3);
	unsigned char pair[8];

	begin();
	add("keyx", "value");
	want_num(0, cdb_make_finish(&make));
	/* lead the other key to the one record */
	cdb_pack(pair, 2048 + 17);
	cdb_pack(pair + 4, 2);
	put(wrong % 256 * 8, pair, 8);
	cdb_pack(pair, wrong);
	cdb_pack(pair + 4, 2048);
	put(2048 + 17 + hash / 256 % 2 * 8, pair, 8);
	cdb_pack(pair + 4, 0);
	put(2048 + 17 + (hash / 256 % 2 ^ 1) * 8, pair, 8);
	if (hash / 256 % 2 != wrong / 256 % 2) {
		cdb_pack(pair + 4, 2048);
		put(2048 + 17 + wrong / 256 % 2 * 8, pair, 8);
	}
	want_num(0, cdb_find(fd, "key", 3, &len));
	close(fd);
}

TEST(a_descriptor_that_cannot_be_read_is_an_error)
{
	uint32_t len;

	want_num(-1, cdb_find(-1, "k", 1, &len));
	want_num(EBADF, errno);
}

/* -- making -- */

TEST(a_database_that_would_pass_4_gb_is_refused)
{
	begin();
	make.at = UINT32_MAX - 10;
	errno = 0;
	want_num(-1, cdb_make_add(&make, "k", 1, "vv", 2));
	want_num(ENOMEM, errno);
	make.at = UINT32_MAX - 10;
	want_num(0, cdb_make_add(&make, "k", 1, "v", 1));
	want_num(-1, cdb_make_finish(&make));
	want_num(ENOMEM, errno);
	alloc_release(make.slots);
	close(fd);
}

TEST(a_failed_write_is_told_at_the_end)
{
	want_num(-1, cdb_make_start(&make, -1));
	want_num(0, cdb_make_add(&make, "k", 1, "v", 1));
	want_num(-1, cdb_make_finish(&make));
	want_num(EBADF, errno);
}
