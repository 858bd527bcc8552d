#!/bin/sh
# SPDX-License-Identifier: 0BSD
# qmail-instcheck [DESTDIR]: does every program, page and directory of the
# installation have the owner, group and mode it needs, and is the queue on one
# file system? Needs root, since only root sees all of the queue.
set -eu
LC_ALL=C
export LC_ALL
top=${1:-}@PREFIX@
wrong=0
checked=0

complain() {
	echo "qmail-instcheck: warning: $*"
	wrong=$((wrong + 1))
}

# look KIND OWNER GROUP MODE PATH, KIND as stat prints it
look() {
	checked=$((checked + 1))
	if ! is=$(stat -c '%U %G %a %F' "$top/$5" 2>/dev/null); then
		complain "$top/$5 is missing"
		return
	fi
	owner=${is%% *} is=${is#* }
	group=${is%% *} is=${is#* }
	mode=${is%% *} is=${is#* }
	[ "$owner" = "$2" ] || complain "$top/$5: owner is $owner, should be $2"
	[ "$group" = "$3" ] || complain "$top/$5: group is $group, should be $3"
	[ "$((0$mode))" = "$((0$4))" ] ||
		complain "$top/$5: mode is 0$mode, should be $4"
	case $is in
	$1*) ;;
	*) complain "$top/$5 is a $is" ;;
	esac
}

device() {
	stat -c %d "$top/$1" 2>/dev/null || echo missing
}

same_file_system() {
	[ "$(device "$1")" = "$(device "$2")" ] ||
		complain "$top/$1 and $top/$2 must be on one file system"
}

[ "$(id -u)" = 0 ] ||
	complain "you are not root, who alone can look below $top/queue"
while read -r type owner group mode path arg; do
	case $type in
	d) look directory "$owner" "$group" "$mode" "$path" ;;
	f | m)
		look regular "$owner" "$group" "$mode" "$path"
		[ ! -f "$top/$path" ] || [ -s "$top/$path" ] ||
			complain "$top/$path is empty"
		;;
	z) look regular "$owner" "$group" "$mode" "$path" ;;
	p) look fifo "$owner" "$group" "$mode" "$path" ;;
	l)
		checked=$((checked + 1))
		[ "$(readlink "$top/$path")" = "$arg" ] ||
			complain "$top/$path is no link to $arg"
		;;
	esac
done <<'END'
@TABLE@
END
same_file_system queue/pid queue/mess
same_file_system queue/intd queue/todo

echo "$checked places checked, $wrong wrong"
[ "$wrong" = 0 ] || exit 1
