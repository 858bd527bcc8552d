# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# What build.sh says, and where it writes.

OUT=${OUT:-out}
case $OUT in
/*) ;;
*) OUT=$root/$OUT ;;
esac

say() {
	echo "build.sh: $*"
}

# fail WHAT [LOG] [NEXT]: last words.
fail() {
	{
		echo "build.sh: FAILED: $1"
		if [ -n "${2:-}" ] && [ -s "$2" ]; then
			echo "build.sh: the end of $2:"
			tail -n 15 "$2" | sed 's/^/    /'
		fi
		[ -z "${2:-}" ] || echo "build.sh: log: $2"
		[ -z "${3:-}" ] || echo "build.sh: next: $3"
	} >&2
	exit 1
}

# step LOG NEXT WHAT COMMAND...: runs a command with its words in a log.
step() {
	step_log=$OUT/log/$1
	step_next=$2
	step_what=$3
	shift 3
	mkdir -p "$OUT/log"
	"$@" >"$step_log" 2>&1 </dev/null || fail "$step_what" "$step_log" "$step_next"
}

# One session at a time may change what is in $OUT.
out_lock() {
	mkdir -p "$OUT" || fail "cannot make $OUT" "" "set OUT to a directory you may write"
	exec 9>"$OUT/lock"
	command -v flock >/dev/null || return 0
	flock -n 9 || {
		say "waiting: another build.sh works in $OUT"
		flock 9
	}
}

out_unlock() {
	exec 9>&-
}
