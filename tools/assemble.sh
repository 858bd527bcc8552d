# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# Assembles the base and the chosen patches into $OUT/src.

base_files() {
	find upstream -path upstream/build -prune -o -type f \
		! -name SHA256SUMS -print | LC_ALL=C sort
}

base_freeze() {
	say "writing upstream/SHA256SUMS: release $(cat upstream/VERSION) of the base"
	base_files | sed 's|^upstream/||' | (cd upstream && xargs sha256sum >SHA256SUMS)
}

# The base is what SHA256SUMS says: no file more, less or other.
base_verify() {
	if [ ! -f upstream/SHA256SUMS ]; then
		say "note: upstream/SHA256SUMS is not there, so the base is not verified"
		return
	fi
	(cd upstream && sha256sum --quiet -c SHA256SUMS) >"$OUT/log/verify.log" 2>&1 ||
		fail "the base is not what upstream/SHA256SUMS says" "$OUT/log/verify.log" \
			"git status upstream; the base changes only by a new release (doc/base.md)"
	sed 's/^[0-9a-f]*  /upstream\//' upstream/SHA256SUMS | LC_ALL=C sort >"$OUT/log/verify.want"
	base_files >"$OUT/log/verify.have"
	diff "$OUT/log/verify.want" "$OUT/log/verify.have" >"$OUT/log/verify.log" ||
		fail "upstream/ holds other files than SHA256SUMS lists" "$OUT/log/verify.log" \
			"git status upstream"
}

# assemble_into DIR LIST: copies the base to DIR and pushes the patches of the file
# LIST. Called with its output in a log.
assemble_into() {
	rm -rf "$1"
	cp -R -p upstream "$1"
	rm -rf "$1/build"
	quilt_prepare "$1" "$2"
	[ -s "$2" ] || return 0
	(
		cd "$1" || exit
		quilt --quiltrc - push -a --fuzz=0
	)
}

# Sums of the assembled tree, to see later what was worked on by hand.
assemble_sums() {
	(
		cd "$OUT/src" || exit
		find . -path ./.pc -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum
	)
}

# Refuses to lose what somebody did in $OUT/src and has not refreshed into a patch:
# every file that is not as it was assembled must be what the patches make of it.
assemble_guard() {
	[ -f "$OUT/src.sums" ] && [ -d "$OUT/src" ] || return 0
	assemble_sums | diff "$OUT/src.sums" - | sed -n 's/^[<>] [0-9a-f]*  //p' |
		LC_ALL=C sort -u >"$OUT/src.touched"
	[ -s "$OUT/src.touched" ] || return 0
	applied=$OUT/src.applied
	cat "$OUT/src/.pc/applied-patches" >"$applied" 2>/dev/null || :
	step guard.log "./build.sh quilt refresh to keep it, ./build.sh clean to drop it" \
		"$OUT/src was worked on, and its patches do not apply" \
		assemble_into "$OUT/src.check" "$applied"
	while read -r file; do
		[ -e "$OUT/src/$file" ] || [ -e "$OUT/src.check/$file" ] || continue
		cmp -s "$OUT/src/$file" "$OUT/src.check/$file" ||
			fail "$OUT/src/${file#./} holds work that no patch has" "" \
				"./build.sh quilt refresh to keep it, ./build.sh clean to drop it"
	done <"$OUT/src.touched"
	rm -rf "$OUT/src.check"
}

# Replaces $OUT/src by $OUT/src.new, but leaves equal files alone, so that make
# compiles again only what changed.
assemble_swap() {
	mkdir -p "$OUT/src"
	LC_ALL=C diff -rq -x .pc "$OUT/src" "$OUT/src.new" >"$OUT/src.diff" || :
	rm -rf "$OUT/src/.pc"
	while read -r line; do
		case $line in
		"Only in $OUT/src.new"*)
			dir=${line#Only in "$OUT/src.new"}
			name=${dir#*: } dir=${dir%%: *}
			mv "$OUT/src.new$dir/$name" "$OUT/src$dir/$name"
			find "$OUT/src$dir/$name" -type f -exec touch {} +
			;;
		"Only in $OUT/src"*)
			dir=${line#Only in "$OUT/src"}
			rm -rf "${OUT:?}/src${dir%%: *}/${dir#*: }"
			# An archive would keep the members that are gone, and so would
			# the list of qmail-showctl's tables.
			for obj in "$OUT/obj" "$OUT/run/obj"; do
				rm -f "$obj/base.a" "$obj/showctl-tables.h"
			done
			;;
		"Files "*)
			name=${line##*" and $OUT/src.new/"}
			name=${name%" differ"}
			mv -f "$OUT/src.new/$name" "$OUT/src/$name"
			touch "$OUT/src/$name"
			;;
		esac
	done <"$OUT/src.diff"
	[ ! -d "$OUT/src.new/.pc" ] || mv "$OUT/src.new/.pc" "$OUT/src/.pc"
	rm -rf "$OUT/src.new" "$OUT/src.diff"
}

# What decides the assembled tree, as one hash.
assemble_key() {
	{
		base_files | xargs sha256sum
		[ ! -f upstream/SHA256SUMS ] || sha256sum upstream/SHA256SUMS
		while read -r file; do
			sha256sum "patches/$file"
		done <"$OUT/series"
	} | sha256sum | cut -d' ' -f1
}

# Brings $OUT/src up to date with the base, the patches and the choice among them.
# Leaves the key in $src_key.
assemble() {
	mkdir -p "$OUT/log"
	chosen=$(stack_chosen) || exit 1
	for patch in $chosen; do
		[ -f "patches/$patch.patch" ] || fail "patches/ has no $patch, which series names" \
			"" "./build.sh quilt refresh writes patches/$patch.patch"
		echo "$patch.patch"
	done >"$OUT/series"
	src_key=$(assemble_key)
	if [ -z "$(find "$OUT/src" -newer "$OUT/src.key" -type f \
		! -path '*/.pc/*' 2>/dev/null | head -n 1)" ] &&
		[ -f "$OUT/src.key" ] && [ "$(cat "$OUT/src.key")" = "$src_key" ]; then
		return
	fi
	base_verify
	assemble_guard
	# shellcheck disable=SC2086
	set -- $chosen
	say "assembling $(cat upstream/VERSION 2>/dev/null || echo the base)" \
		"and $# patches in $OUT/src"
	rm -f "$OUT/src.key"
	pushed=yes
	assemble_into "$OUT/src.new" "$OUT/series" >"$OUT/log/assemble.log" 2>&1 || pushed=''
	assemble_swap
	assemble_sums >"$OUT/src.sums"
	# What could be pushed stays in $OUT/src, to be worked on there.
	[ -n "$pushed" ] || fail "a patch does not apply without fuzz" "$OUT/log/assemble.log" \
		"./build.sh quilt push -f, mend it in $OUT/src, ./build.sh quilt refresh"
	echo "$src_key" >"$OUT/src.key"
}
