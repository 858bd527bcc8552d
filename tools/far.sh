# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# Part of tools/serve: a host beside ours, far.test, to which a message is sent that ours
# signs. It is an SMTP server of the same build which asks about SPF and DKIM. Its name
# server is dnsmasq on port 53 of a network of its own, which nobody else can see.

far=far.test
far_keys="rsa ed"

# Why it cannot be shown; empty if it can, "no" if this build does not sign or verify.
far_hindrance() {
	if [ ! -e "$prefix/bin/qmail-dkim-sign" ] || [ ! -e "$prefix/bin/qmail-dkim" ]; then
		echo no
		return
	fi
	for tool in dnsmasq ip nsenter; do
		command -v "$tool" >/dev/null || {
			echo "$tool is not installed"
			return
		}
	done
	(far_unshare true) 2>/dev/null || echo "this machine gives no network namespace"
}

# Becomes a command in a new network; as an ordinary user with a user namespace around it.
far_unshare() {
	if [ "$(id -u)" = 0 ]; then
		exec unshare -n -m "$@"
	else
		exec unshare -r -n -m "$@"
	fi
}

# Keys of our domain, unless they are there.
far_make_keys() {
	for key in $far_keys; do
		file=$prefix/control/dkim/$domain/$key
		[ ! -e "$file" ] || continue
		rm -f "$file.new" "$file.pub"
		[ "$key" = rsa ] && set -- || set -- -e
		"$prefix/bin/qmail-dkim-keygen" "$@" "$domain" "$key" >"$run/log/keygen" 2>&1 ||
			fail "qmail-dkim-keygen made no key" "see $run/log/keygen"
		mv "$file.new" "$file"
	done
}

# What its name server knows: our keys, and who may send our mail.
far_zone() {
	printf '%s\n' no-resolv no-hosts bind-interfaces listen-address=127.0.0.1 \
		pid-file= 'local=/#/' "txt-record=$domain,\"v=spf1 ip4:127.0.0.1 -all\""
	for key in $far_keys; do
		file=$prefix/control/dkim/$domain/$key.pub
		printf 'txt-record=%s' "$(sed -n '1s/\. IN TXT.*//p' "$file")"
		sed -n 's/^[^"]*\("[^"]*"\).*/,\1/p' "$file" | tr -d '\n'
		echo
	done
}

far_start_names() {
	far_zone >"$run/names.conf"
	echo "nameserver 127.0.0.1" >"$run/resolv.conf"
	: >"$run/log/names"
	# shellcheck disable=SC2016
	far_unshare setsid sh -c 'ip link set lo up &&
		mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)" &&
		exec dnsmasq --no-daemon --conf-file="$1/names.conf"' \
		names "$run" >"$run/log/names" 2>&1 </dev/null &
	names=$!
	tries=0
	until grep -q 'started' "$run/log/names"; do
		tries=$((tries + 1))
		kill -0 "$names" 2>/dev/null && [ "$tries" -lt 600 ] || return 1
		sleep 0.05
	done
}

# Its queue program: the message becomes a file, which is all that it does with mail.
far_write_taker() {
	mkdir -p "$prefix/far"
	[ "$mode" != accounts ] || chown "$(ids_of qmaild)" "$prefix/far"
	cat >"$prefix/far/take" <<-'END'
		#!/bin/sh
		set -eu
		cat >"${0%/*}/new"
		cat <&1 >/dev/null
		mv "${0%/*}/new" "${0%/*}/message"
	END
	chmod 755 "$prefix/far/take"
}

far_start_smtp() {
	far_write_taker
	set -- "$prefix/bin/qmail-smtpd"
	if [ "$(id -u)" != 0 ]; then
		set -- nsenter -t "$names" -U --preserve-credentials -n -m "$@"
	elif [ "$mode" = accounts ]; then
		set -- nsenter -t "$names" -n -m setpriv "--reuid=$(ids_of qmaild | cut -d: -f1)" \
			"--regid=$(getent group nofiles | cut -d: -f3)" --clear-groups "$@"
	else
		set -- nsenter -t "$names" -n -m "$@"
	fi
	: >"$run/far-port"
	SPFBEHAVIOR=1 QMAILQUEUE=bin/qmail-dkim DKIMQUEUE=$prefix/far/take setsid \
		tcpserver -1 -v -H -R -l "$far" 127.0.0.1 0 "$@" \
		>"$run/far-port" 2>>"$run/log/far" </dev/null &
	far_smtp=$!
	until [ -s "$run/far-port" ]; do
		kill -0 "$far_smtp" 2>/dev/null || return 1
		sleep 0.05
	done
	echo "$far:127.0.0.1:$(cat "$run/far-port")" >>"$prefix/control/smtproutes"
	grep -qx "$far" "$prefix/control/rcpthosts" || echo "$far" >>"$prefix/control/rcpthosts"
}

# What the message came to, in its own words.
far_tell() {
	echo "  signed     by qmail-dkim-sign, as qmail-remote sent it:" \
		"$(sed -n 's/^DKIM-Signature: v=1; a=\([^;]*\);.*/\1/p' "$1" | tr '\n' ' ')"
	# Only what stands above the Received field of the far host is its own.
	sed -n '/^Received:/q
		s/^\(Authentication-Results:[^;]*;\)\{0,1\}[[:space:]]*\(\(spf\|dkim\)=[^;]*\).*/  verified   \2/p' \
		"$1"
	echo "  filed      $run/qmail/far/message"
}

# As if nothing were in the way of it: what goes wrong is told, and our server stays.
far_show() {
	why=$(far_hindrance)
	[ "$why" != no ] || return 0
	echo
	if [ -n "$why" ]; then
		echo "SPF and DKIM cannot be shown: $why."
		return 0
	fi
	far_make_keys
	if ! far_start_names || ! far_start_smtp; then
		echo "SPF and DKIM cannot be shown; see names and far in $run/log"
		return 0
	fi
	rm -f "$prefix/far/message"
	echo "A second one, from you@$domain to friend@$far, a host beside ours that checks:"
	reply=$(say_message "friend@$far" 2>&1) ||
		fail "the server did not take the second message: $reply" "see $run/log"
	echo "  accepted   by qmail-smtpd, which answered: $reply"
	tries=0
	until [ -e "$prefix/far/message" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || {
			echo "  not there  after half a minute; see queue and far in $run/log"
			return 0
		}
		sleep 0.05
	done
	far_tell "$prefix/far/message"
}
