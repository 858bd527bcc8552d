# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# Compiles and installs what assemble put together.

build_make() {
	jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
	set -- -j"$jobs" -C "$OUT/src" "$@"
	[ -z "${CC+x}" ] || set -- "$@" CC="$CC"
	[ -z "${CFLAGS+x}" ] || set -- "$@" CFLAGS="$CFLAGS"
	[ -z "${LDFLAGS+x}" ] || set -- "$@" LDFLAGS="$LDFLAGS"
	[ -z "${SPF_ENGINE+x}" ] || set -- "$@" SPF_ENGINE="$SPF_ENGINE"
	[ -z "${DKIM_ENGINE+x}" ] || set -- "$@" DKIM_ENGINE="$DKIM_ENGINE"
	# What make above us told its children is not for us.
	env -u MAKEFLAGS -u MAKELEVEL make "$@"
}

# build_progress OBJECTS: a line now and then, while this script lives.
build_progress() {
	files=$(find "$OUT/src" -name '*.c' | wc -l)
	while sleep 5 && [ -d "/proc/$$" ]; do
		say "compiled $(find "$1" -name '*.o' 2>/dev/null | wc -l) of $files files"
	done
}

build_key() {
	printf '%s\n' "$src_key" "${CC-}" "${CFLAGS-}" "${CPPFLAGS-}" "${LDFLAGS-}" \
		"${SPF_ENGINE-}" "${DKIM_ENGINE-}" "$@" |
		sha256sum | cut -d' ' -f1
}

# build_compile OBJECTS PREFIX ACCOUNTS: compiles unless nothing changed. Leaves the
# key of what is built in $built_key.
build_compile() {
	built_key=$(build_key "$2" "$3")
	[ "$(cat "$1/key" 2>/dev/null)" != "$built_key" ] || return 0
	say "compiling for $2"
	began=$(date +%s)
	build_progress "$1" 9>&- &
	progress=$!
	(step compile.log "mend it; patches: ./build.sh quilt edit, then refresh" \
		"it does not compile" build_make BUILD="$1" PREFIX="$2" ACCOUNTS="$3") ||
		built_key=''
	kill "$progress" 2>/dev/null || :
	[ -n "$built_key" ] || exit 1
	say "compiled in $(($(date +%s) - began)) s"
	echo "$built_key" >"$1/key"
}

build_tree() {
	# shellcheck disable=SC2046
	packages_need build $(stack_needs)
	out_lock
	assemble
	build_compile "$OUT/obj" "${PREFIX:-/var/qmail}" "${ACCOUNTS:-real}"
}

build_stage() {
	build_tree
	if [ "$(cat "$OUT/stage.key" 2>/dev/null)" = "$built_key" ] && [ -d "$OUT/stage" ]; then
		say "nothing changed: $OUT/stage is up to date"
	else
		rm -rf "$OUT/stage" "$OUT/stage.key"
		step install.log "see the log" "cannot install into $OUT/stage" \
			build_make BUILD="$OUT/obj" PREFIX="${PREFIX:-/var/qmail}" \
			ACCOUNTS="${ACCOUNTS:-real}" install DESTDIR="$OUT/stage"
		echo "$built_key" >"$OUT/stage.key"
		say "installed in $OUT/stage"
	fi
	out_unlock
}

build_install() {
	prefix=${PREFIX:-/var/qmail}
	if [ -z "$1" ]; then
		[ "$(id -u)" = 0 ] || fail "only root can install on this machine" "" \
			"./build.sh install DESTDIR=..."
		getent passwd qmailq >/dev/null || fail "the mail accounts do not exist" "" \
			"create them: doc/guide.md, then try again"
	fi
	build_tree
	say "installing in $1$prefix"
	step install.log "see the log" "cannot install in $1$prefix" \
		build_make BUILD="$OUT/obj" PREFIX="$prefix" \
		ACCOUNTS="${ACCOUNTS:-real}" install DESTDIR="$1"
	out_unlock
	grep '^install:' "$OUT/log/install.log" || :
}
