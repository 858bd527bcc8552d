#!/bin/sh
# SPDX-License-Identifier: 0BSD
# qmail-config [-f] [HOST]: writes the control files that a first start needs.
set -eu
umask 022

usage() {
	echo 'usage: qmail-config [-f] [host.example.org]' >&2
	exit 100
}

replace=no
while getopts f option; do
	case $option in
	f) replace=yes ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || usage

host=${1:-$(hostname -f)}
host=$(printf '%s\n' "$host" | LC_ALL=C tr '[:upper:]' '[:lower:]')
case $host in
*[!a-z0-9.-]* | .* | *. | '')
	echo "qmail-config: fatal: '$host' is not a host name" >&2
	exit 100
	;;
*.*) ;;
*)
	echo "qmail-config: fatal: '$host' has no domain: give all of it" >&2
	exit 100
	;;
esac

cd @PREFIX@/control
if [ "$replace" = no ] && [ -e me ]; then
	echo "qmail-config: fatal: control/me exists; -f replaces it" >&2
	exit 100
fi

# put FILE LINE...: through a new file, so that no reader sees half of it
put() {
	file=$1
	shift
	printf '%s\n' "$@" >"$file.new"
	mv -f "$file.new" "$file"
	echo "control/$file: $*"
}

domain=${host#*.}
case $domain in
*.*) ;;
*) domain=$host ;;
esac
put defaultdomain "$domain"
put plusdomain "$domain"
put locals localhost "$host"
put rcpthosts localhost "$host"
put me "$host"
