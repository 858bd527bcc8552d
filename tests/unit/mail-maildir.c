/* SPDX-License-Identifier: 0BSD */
/* lib/mail/maildir */
#include "lib/mail/maildir.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str/alloc.h"
#include "harness.h"

static struct maildir dir;

static void begin(void)
{
	scratch_enter();
	mkdir("tmp", 0700);
	mkdir("new", 0700);
	mkdir("cur", 0700);
}

static void message(const char *path, time_t modified)
{
	scratch_write(path, "x", 1);
	scratch_age(path, modified, modified);
}

static void end(void)
{
	sa_free(&dir.names);
	alloc_release(dir.list);
	memset(&dir, 0, sizeof dir);
}

TEST(an_empty_maildir_has_no_messages)
{
	begin();
	want_num(0, maildir_scan(&dir, 1000));
	want_num(0, dir.count);
	end();
}

TEST(the_oldest_message_comes_first_whichever_folder_it_is_in)
{
	static const char *const order[] = {
		"cur/a", "new/z", "cur/m:2,S", "new/b", "new/a"};

	begin();
	message("new/a", 500);
	message("new/b", 400);
	message("cur/m:2,S", 300);
	message("new/z", 200);
	message("cur/a", 100);
	want_num(0, maildir_scan(&dir, 1000));
	want_num(5, dir.count);
	for (size_t i = 0; i < 5; i++) {
		want_case_str(order[i], order[i], maildir_path(&dir, (slen)i));
		want_case(order[i], 100 + 100 * i, dir.list[i].when);
	}
	end();
}

TEST(messages_of_one_second_all_stay_and_new_goes_before_cur)
{
	char path[40];

	begin();
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof path, "%s/%d", i % 2 ? "cur" : "new", i);
		message(path, 77);
	}
	want_num(0, maildir_scan(&dir, 1000));
	want_num(200, dir.count);
	for (slen i = 0; i < 200; i++)
		want_case(unit_label(i), i < 100 ? 'n' : 'c',
			*maildir_path(&dir, i));
	end();
}

TEST(names_that_begin_with_a_dot_are_no_messages)
{
	begin();
	message("new/.hidden", 1);
	message("new/a", 1);
	want_num(0, maildir_scan(&dir, 1000));
	want_num(1, dir.count);
	want_str("new/a", maildir_path(&dir, 0));
	end();
}

TEST(a_message_of_this_second_or_later_waits)
{
	begin();
	message("new/past", 999);
	message("new/now", 1000);
	message("new/future", 1001);
	want_num(0, maildir_scan(&dir, 1000));
	want_num(1, dir.count);
	want_str("new/past", maildir_path(&dir, 0));
	end();
}

TEST(scanning_again_starts_afresh)
{
	begin();
	message("new/a", 1);
	want_num(0, maildir_scan(&dir, 1000));
	want_num(0, rename("new/a", "cur/a:2,S"));
	want_num(0, maildir_scan(&dir, 1000));
	want_num(1, dir.count);
	want_str("cur/a:2,S", maildir_path(&dir, 0));
	end();
}

TEST(a_missing_folder_is_trouble)
{
	begin();
	rmdir("cur");
	want_num(-1, maildir_scan(&dir, 1000));
	want_num(ENOENT, errno);
	rmdir("new");
	want_num(-1, maildir_scan(&dir, 1000));
	want_num(ENOENT, errno);
	end();
}

TEST(a_name_that_leads_nowhere_is_left_out)
{
	begin();
	want_num(0, symlink("nowhere", "new/link"));
	message("new/a", 1);
	want_num(0, maildir_scan(&dir, 1000));
	want_num(1, dir.count);
	end();
}

TEST(the_sweep_takes_what_nobody_touched_for_36_hours)
{
	struct stat st;

	begin();
	fixed_time = 10000000;
	message("tmp/fresh", 10000000);
	message("tmp/limit", 10000000 - 129600);
	message("tmp/old", 10000000 - 129601);
	message("tmp/.old", 1);
	message("new/old", 1);
	maildir_sweep();
	fixed_time = 0;
	want_num(0, stat("tmp/fresh", &st));
	want_num(0, stat("tmp/limit", &st));
	want_num(-1, stat("tmp/old", &st));
	want_num(0, stat("tmp/.old", &st));
	want_num(0, stat("new/old", &st));
}

TEST(the_sweep_looks_at_when_a_file_was_read)
{
	struct stat st;

	begin();
	fixed_time = 10000000;
	scratch_file("tmp/read", "x");
	scratch_age("tmp/read", 10000000, 1);
	scratch_file("tmp/unread", "x");
	scratch_age("tmp/unread", 1, 10000000);
	maildir_sweep();
	fixed_time = 0;
	want_num(0, stat("tmp/read", &st));
	want_num(-1, stat("tmp/unread", &st));
}

TEST(a_sweep_without_tmp_does_nothing)
{
	begin();
	rmdir("tmp");
	maildir_sweep();
	want_num(-1, access("tmp", F_OK));
}
