/* SPDX-License-Identifier: 0BSD */
/* lib/io/errpass and lib/io/errtext */
#include <errno.h>

#include "lib/io/errpass.h"
#include "lib/io/errtext.h"
#include "harness.h"

TEST(full_busy_and_lost_things_pass)
{
	static const int passing[] = {EINTR, EAGAIN, EBUSY, ETXTBSY, EDEADLK,
		ENOMEM, ENFILE, EMFILE, ENOBUFS, ENOSPC, EDQUOT, EFBIG, EIO,
		ESTALE, ETIMEDOUT, ENETDOWN, ENETUNREACH, ENETRESET, EHOSTDOWN,
		EHOSTUNREACH, ECONNREFUSED, ECONNABORTED, ECONNRESET};

	for (size_t i = 0; i < COUNT(passing); i++)
		want_case(errtext(passing[i]), 1, errno_passes(passing[i]));
}

TEST(what_somebody_must_repair_does_not_pass)
{
	static const int staying[] = {0, -1, EPERM, ENOENT, EACCES, EEXIST,
		ENOTDIR, EISDIR, EINVAL, ENXIO, ENODEV, ELOOP, ENAMETOOLONG,
		EROFS, EPIPE, ENOEXEC, E2BIG, 99999};

	for (size_t i = 0; i < COUNT(staying); i++)
		want_case(unit_label(staying[i]), 0, errno_passes(staying[i]));
}

TEST(common_errors_have_the_words_of_qmail)
{
	want_str("file does not exist", errtext(ENOENT));
	want_str("file already exists", errtext(EEXIST));
	want_str("access denied", errtext(EACCES));
	want_str("is a directory", errtext(EISDIR));
	want_str("not a directory", errtext(ENOTDIR));
	want_str("invalid argument", errtext(EINVAL));
}

TEST(every_number_has_words)
{
	for (int error = -3; error < 300; error++)
		assert_true(errtext(error) && *errtext(error));
	want_str(strerror(ENOSPC), errtext(ENOSPC));
}
