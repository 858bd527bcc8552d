# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# Quilt, set up so that every patch comes out in the same form.

# quilt_prepare DIR SERIES: sets the environment, and DIR to use our patches. Without
# a .pc of its own quilt would look for one, or for patches/, in the folders above.
quilt_prepare() {
	mkdir -p "$1/.pc"
	echo 2 >"$1/.pc/.version"
	echo "$root/patches" >"$1/.pc/.quilt_patches"
	echo "$2" >"$1/.pc/.quilt_series"
	QUILT_REFRESH_ARGS="-p ab --no-timestamps --no-index"
	QUILT_DIFF_ARGS=$QUILT_REFRESH_ARGS
	QUILT_DIFF_OPTS="-p"
	LC_ALL=C
	export QUILT_REFRESH_ARGS QUILT_DIFF_ARGS QUILT_DIFF_OPTS LC_ALL
}

quilt_call() {
	packages_need build
	[ -d "$OUT/src" ] || {
		out_lock
		assemble
		out_unlock
	}
	quilt_prepare "$OUT/src" "$root/series"
	cd "$OUT/src" || exit
	exec quilt --quiltrc - "$@"
}
