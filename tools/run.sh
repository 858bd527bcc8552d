# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# ./build.sh run: builds, finds a way to have the accounts, and starts tools/serve.

run_check_arguments() {
	case $port in
	'' | *[!0-9]* | ??????*) fail "--port $port is no port number" "" "./build.sh run --port 2525" ;;
	esac
	[ "$port" -ge 1 ] && [ "$port" -le 65535 ] ||
		fail "--port $port is no port number" "" "./build.sh run --port 2525"
	[ -z "$relay" ] && return
	case ${relay##*:} in
	'' | *[!0-9]*) fail "--relay $relay lacks a port" "" "--relay HOST:PORT" ;;
	esac
	case $relay in
	:* | *[!A-Za-z0-9.:-]* | *:*:*)
		fail "--relay $relay: the host is a name or an IPv4 address" "" "--relay HOST:PORT"
		;;
	esac
}

# A queue belongs to those who made it: the accounts, or one user.
run_check_owner() {
	[ -d "$OUT/run" ] || return 0
	[ -w "$OUT/run" ] && [ "$(cat "$OUT/run/mode" 2>/dev/null || echo "$1")" = "$1" ] ||
		fail "$OUT/run was made by another user, or for other accounts" "" \
			"./build.sh clean, or set OUT to another directory"
}

# As root: a private mount namespace gives the server its prefix and, in copies of
# passwd and group, the accounts. The mount point is the one thing it needs outside.
run_with_accounts() {
	prefix=${PREFIX:-/var/qmail}
	run_check_owner accounts
	build_compile "$OUT/obj" "$prefix" real
	out_unlock
	made=''
	[ -d "$prefix" ] || {
		mkdir -p "$prefix" || fail "cannot make the mount point $prefix"
		made=$prefix
		say "made $prefix as an empty mount point; it goes away at the end"
	}
	unshare -m tools/serve accounts "$OUT" "$OUT/obj" "$built_key" "$prefix" \
		"$port" "$relay" &
	server=$!
	# A shell's background command is deaf to Ctrl-C, so it gets a TERM.
	trap 'kill -TERM $server' INT TERM HUP
	status=0
	while kill -0 "$server" 2>/dev/null; do
		wait "$server" && status=0 || status=$?
	done
	[ -z "$made" ] || rmdir "$made" 2>/dev/null || :
	exit "$status"
}

# run_with_one_uid COMMAND...: the command, if any, changes to the uid.
run_with_one_uid() {
	run_check_owner one
	build_compile "$OUT/run/obj" "$OUT/run/qmail" one
	exec "$@" tools/serve one "$OUT" "$OUT/run/obj" "$built_key" "$OUT/run/qmail" \
		"$port" "$relay" 9>&-
}

run_server() {
	run_check_arguments
	say "building, then running a private mail server on 127.0.0.1:$port"
	# shellcheck disable=SC2046
	packages_need build run $(stack_needs)
	# shellcheck disable=SC2046
	packages_wish $(stack_shows)
	out_lock
	assemble
	if [ "$(id -u)" != 0 ]; then
		run_with_one_uid env
	elif unshare -m true 2>/dev/null; then
		run_with_accounts
	fi
	say "this machine gives root no mount namespace (a container?): going on as nobody"
	mkdir -p "$OUT/run"
	as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
	$as_nobody test -x "$OUT/run" ||
		fail "nobody cannot reach $OUT/run" "" "OUT=/var/tmp/quiltmail ./build.sh run"
	build_compile "$OUT/run/obj" "$OUT/run/qmail" one
	chown -R 65534:65534 "$OUT/run"
	# shellcheck disable=SC2086
	run_with_one_uid $as_nobody
}
