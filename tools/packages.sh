# shellcheck shell=sh
# SPDX-License-Identifier: 0BSD
# Which packages each call needs, and how to get them.

# A line a need: the call (tls: a build that holds 0400; far: what run shows of SPF and
# DKIM; wish: what not all releases have and the tests can do without), how to see that it is met
# (cmd:NAME on PATH, file:PATH, py:MODULE, rt:LIBRARY of clang's run-time), and the
# package's name for apt, dnf and zypper (-: not packaged there).
packages_table() {
	cat <<'END'
build  cmd:gcc                gcc              gcc              gcc
build  file:/usr/include/stdio.h libc6-dev     glibc-devel      glibc-devel
build  cmd:make               make             make             make
build  cmd:quilt              quilt            quilt            quilt
build  cmd:patch              patch            patch            patch
tls    file:/usr/include/openssl/ssl.h libssl-dev openssl-devel libopenssl-devel
build  cmd:flock              util-linux       util-linux-core  util-linux
run    cmd:tcpserver          ucspi-tcp        ucspi-tcp        ucspi-tcp
run    cmd:setsid             util-linux       util-linux-core  util-linux
run    cmd:unshare            util-linux       util-linux-core  util-linux
far    cmd:nsenter            util-linux       util-linux-core  util-linux
far    cmd:ip                 iproute2         iproute          iproute2
far    cmd:dnsmasq            dnsmasq-base     dnsmasq          dnsmasq
test   file:/usr/bin/python3           python3          python3          python3
test   py:pytest              python3-pytest   python3-pytest   python3-pytest
test   file:/usr/include/cmocka.h libcmocka-dev libcmocka-devel libcmocka-devel
test   py:yaml                python3-yaml     python3-pyyaml   python3-PyYAML
test   file:/usr/share/doc/python3-spf/rfc7208-tests.yml.gz python3-spf - -
test   file:/usr/include/spf2/spf.h libspf2-dev libspf2-devel -
wish   file:/usr/include/dkim.h libdkim-dev - -
test   cmd:ip                 iproute2         iproute          iproute2
test   cmd:dnsmasq            dnsmasq-base     dnsmasq          dnsmasq
test   cmd:strace             strace           strace           strace
test   py:dkim                python3-dkim     python3-dkimpy   -
test   file:/usr/share/perl5/Mail/DKIM.pm libmail-dkim-perl perl-Mail-DKIM perl-Mail-DKIM
test   file:/usr/sbin/opendkim-testmsg opendkim-tools opendkim-tools opendkim
test   cmd:swaks              swaks            swaks            swaks
tls    cmd:openssl            openssl          openssl          openssl
test   cmd:gnutls-cli         gnutls-bin       gnutls-utils     gnutls
test   cmd:curl               curl             curl             curl
test   cmd:clang              clang            clang            clang
test   rt:fuzzer              libclang-rt-dev  compiler-rt      clang
test   cmd:musl-gcc           musl-tools       musl-gcc         -
test   cmd:mkfs.ext4          e2fsprogs        e2fsprogs        e2fsprogs
test   cmd:losetup            mount            util-linux       util-linux
test   cmd:mmdebstrap         mmdebstrap       -                -
test   cmd:dh                 debhelper        -                -
test   cmd:po2debconf         po-debconf       -                -
test   cmd:lintian            lintian          -                -
test   cmd:rpmbuild           rpm              -                -
test   cmd:rpmlint            rpmlint          -                -
test   cmd:setpriv            util-linux       util-linux-core  util-linux
bench  file:/usr/bin/python3           python3          python3          python3
bench  cmd:ip                 iproute2         iproute          iproute2
bench  cmd:dnsmasq            dnsmasq-base     dnsmasq          dnsmasq
bench  cmd:openssl            openssl          openssl          openssl
bench  cmd:mkfs.ext4          e2fsprogs        e2fsprogs        e2fsprogs
bench  cmd:losetup            mount            util-linux       util-linux
dist   cmd:gzip               gzip             gzip             gzip
deb    cmd:dpkg-buildpackage  dpkg-dev         -                -
deb    cmd:dh                 debhelper        -                -
deb    cmd:po2debconf         po-debconf       -                -
rpm    cmd:rpmbuild           rpm              rpm-build        rpm-build
check  cmd:shellcheck         shellcheck       ShellCheck       ShellCheck
check  cmd:mandoc             mandoc           mandoc           mandoc
check  cmd:clang-format       clang-format     clang-tools-extra clang
check  cmd:cppcheck           cppcheck         cppcheck         cppcheck
fuzz   cmd:clang              clang            clang            clang
fuzz   rt:fuzzer              libclang-rt-dev  compiler-rt      clang
END
}

# Packages are for the distribution's own Python, whatever PATH has first.
PYTHON=${PYTHON:-/usr/bin/python3}
export PYTHON

packages_met() {
	case $1 in
	cmd:gcc) command -v "${CC:-gcc}" ;;
	cmd:*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#cmd:}" ;;
	file:*) [ -e "${1#file:}" ] ;;
	rt:*)
		set -- "${1#rt:}" "$(clang --print-runtime-dir)"
		[ -n "$2" ] && ls "$2" | grep "^libclang_rt\.$1[-.]"
		;;
	py:*) "$PYTHON" -c "import ${1#py:}" 2>&1 ;;
	esac >/dev/null 2>&1
}

packages_manager() {
	for manager in apt-get dnf zypper; do
		if command -v "$manager" >/dev/null; then
			echo "$manager"
			return
		fi
	done
}

# packages_missing MANAGER CALL...: the names to install, in one line.
packages_missing() {
	manager=$1
	shift
	packages_table | while read -r call probe apt dnf zypper; do
		case " $* " in
		*" $call "*) ;;
		*) continue ;;
		esac
		packages_met "$probe" && continue
		case $manager in
		apt-get) echo "$apt" ;;
		dnf) echo "$dnf" ;;
		zypper) echo "$zypper" ;;
		*) echo "${probe#*:}" ;;
		esac
	done | grep -vx -e - | LC_ALL=C sort -u | tr '\n' ' '
}

packages_install() {
	case $1 in
	apt-get)
		shift
		DEBIAN_FRONTEND=noninteractive
		export DEBIAN_FRONTEND
		$packages_as apt-get install -y --no-install-recommends "$@" || {
			$packages_as apt-get update &&
				$packages_as apt-get install -y --no-install-recommends "$@"
		}
		;;
	dnf)
		shift
		$packages_as dnf install -y "$@"
		;;
	zypper)
		shift
		$packages_as zypper --non-interactive install "$@"
		;;
	esac
}

# packages_need CALL...: makes sure that the calls' packages are there.
packages_need() {
	manager=$(packages_manager)
	missing=$(packages_missing "$manager" "$@")
	[ -n "$missing" ] || return 0
	[ -n "$manager" ] || fail "missing: $missing" "" \
		"install them; this machine has none of apt, dnf and zypper"
	packages_as=
	if [ "$(id -u)" != 0 ]; then
		packages_as="sudo -n"
		sudo -n true 2>/dev/null || fail "missing packages: $missing" "" \
			"as root: $manager install $missing"
	fi
	say "installing with $manager: $missing"
	# shellcheck disable=SC2086
	step packages.log "$manager install $missing; then try again" \
		"cannot install $missing" packages_install "$manager" $missing
	# shellcheck disable=SC2046
	missing=$(packages_missing "$manager" "$@")
	[ -z "$missing" ] || fail "still missing: $missing" "$OUT/log/packages.log"
}

# packages_wish CALL...: the same for what can be done without.
packages_wish() {
	missing=$(packages_missing "$(packages_manager)" "$@")
	[ -n "$missing" ] || return 0
	(packages_need "$@") 2>/dev/null || say "going on without: $missing"
}
