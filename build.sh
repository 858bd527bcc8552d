#!/bin/sh
# SPDX-License-Identifier: 0BSD
# The one way in: assembles the base and its patches, builds, runs, tests, checks.
# ./build.sh help lists the calls. Its parts are in tools/.
set -eu
umask 022
root=$(cd "$(dirname "$0")" && pwd -P)
case $root in
*[!A-Za-z0-9/._+~@%-]*)
	echo "build.sh: the path of this tree holds a space or a sign that" \
		"make cannot work with: $root" >&2
	echo "build.sh: next: move the tree to a plainer path" >&2
	exit 1
	;;
esac
cd "$root"
# shellcheck source=tools/say.sh
. tools/say.sh
# shellcheck source=tools/packages.sh
. tools/packages.sh
# shellcheck source=tools/stack.sh
. tools/stack.sh
# shellcheck source=tools/assemble.sh
. tools/assemble.sh
# shellcheck source=tools/build.sh
. tools/build.sh
# shellcheck source=tools/quilt.sh
. tools/quilt.sh
# shellcheck source=tools/run.sh
. tools/run.sh
# shellcheck source=tools/check.sh
. tools/check.sh
# shellcheck source=tools/audit.sh
. tools/audit.sh
# shellcheck source=tools/package.sh
. tools/package.sh

usage() {
	cat <<'END'
usage: ./build.sh [CALL] [--upto NNNN] [--without NNNN]...

  (no call)             assemble upstream + patches and compile into out/stage
  run [--port N] [--relay HOST:PORT]
                        a private mail server on 127.0.0.1, until Ctrl-C
  test [NNNN...]        all tests, or those of the patches named
  test --leave-one-out [NNNN...]
                        the stack without each patch in turn
  fuzz NAME [SECONDS]   run one fuzz target
  bench [SCENARIO...]   measure, beside Postfix, Exim and OpenSMTPD; --help tells more
  quilt ARGUMENTS...    quilt with the right settings, in out/src
  check                 headers, records, man pages, scripts, static analysis
  audit --facts         write the generated part of the review records
  freeze                renew upstream/SHA256SUMS (a new release of the base)
  install [DESTDIR=DIR] build, then install below DIR (none: on this machine)
  dist                  source packages in out/dist: orig tarball, .dsc, spec
  deb, rpm              and from them binary packages, each with an SPDX bill
  clean                 remove all that was made
  help                  this text

  --upto NNNN           the stack up to that patch (0000: the base alone)
  --without NNNN        leave a patch out, and the patches that need it

Environment: OUT (where everything made goes; out), PREFIX (/var/qmail),
CC, CFLAGS, CPPFLAGS, LDFLAGS, JOBS, SPF_ENGINE (0615), DKIM_ENGINE (0625).
END
}

call='' upto='' without='' port=2525 relay='' destdir=''
# What is not an option of ours is an argument of the call; quilt keeps its own.
parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--upto=*) upto=${1#*=} ;;
		--without=*) without="$without ${1#*=}" ;;
		--port=*) port=${1#*=} ;;
		--relay=*) relay=${1#*=} ;;
		--upto | --without | --port | --relay)
			[ $# -gt 1 ] || fail "$1 needs a value" "" "./build.sh help"
			parse "$1=$2"
			shift
			;;
		DESTDIR=*) destdir=${1#*=} ;;
		-h | --help) call=help ;;
		*)
			[ -z "$call" ] || fail "cannot make sense of: $1" "" "./build.sh help"
			call=$1
			;;
		esac
		shift
	done
}

case ${1:-} in
quilt | test | fuzz | bench | audit)
	call=$1
	shift
	;;
*)
	parse "$@"
	set --
	;;
esac

case ${call:-stage} in
stage) build_stage ;;
run) run_server ;;
test)
	packages_need build tls run far test
	packages_wish wish
	say "testing ${*:-everything}"
	exec tests/run "$@"
	;;
fuzz)
	packages_need build fuzz
	say "fuzzing ${1:-}"
	exec tests/fuzz/run "$@"
	;;
bench)
	packages_need build tls run bench
	exec tests/bench/run "$@"
	;;
quilt) quilt_call "$@" ;;
check) check_all ;;
audit) audit_call "$@" ;;
freeze) base_freeze ;;
install) build_install "$destdir" ;;
dist) package_dist ;;
deb) package_deb ;;
rpm) package_rpm ;;
clean)
	say "removing $OUT"
	rm -rf "$OUT"
	;;
help) usage ;;
*) fail "there is no call named $call" "" "./build.sh help" ;;
esac
