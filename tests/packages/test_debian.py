# SPDX-License-Identifier: 0BSD
"""The Debian packages in fresh roots: installed, used, run by each service manager,
upgraded with mail in the queue, removed, purged. Scenes share a root and run in the order
written."""
from __future__ import annotations

import os
import pathlib
import shutil
from typing import Iterator

import pytest

from making import OUT, REPO, Root, built, debs, fresh_root, package, run

ROUNDS = os.environ.get("PACKAGES_ROUNDS", "6")
MESSAGES = 20
BOTH = pytest.mark.parametrize("root", ["bookworm", "trixie"], indirect=True)
ONE = pytest.mark.parametrize("root", ["bookworm"], indirect=True)


@pytest.fixture(scope="session")
def root(request: pytest.FixtureRequest) -> Iterator[Root]:
    made = fresh_root(request.param, f"root-{request.param}")
    yield made
    shutil.rmtree(made.place, ignore_errors=True)


def later() -> pathlib.Path:
    """A later version, of a part of the stack."""
    return built("later", "deb", "0620-dkim-verify")


@BOTH
def test_installs_and_passes_its_tests_under_autopkgtest(root: Root) -> None:
    said = root.autopkgtest(debs())
    assert "delivery             PASS" in said, said
    root.install(*debs().glob("*.deb"))
    root.sh("rm /tmp/*.deb")


@ONE
def test_aliases_become_files_of_the_alias_user(root: Root) -> None:
    said = root.sh(r"""
        useradd -m ann; useradd -m ben
        cp /etc/aliases /tmp/aliases.kept
        newaliases && newaliases && ls -a /var/qmail/alias | grep .qmail-root
        printf '%s\n' 'list: ann,' '  ben@there.example, "|cat >/dev/null, x"' \
            'Sales.Team: :include:/tmp/members' 'ann: ben' 'ben: \ben, ann' \
            'nul: /dev/null' 'odd: :fail: no' 'root: ann' >>/etc/aliases
        printf '# who\nann, ben\n' >/tmp/members
        echo '&by-hand@here.example' >/var/qmail/alias/.qmail-list2
        printf 'list2: ann\n' >>/etc/aliases
        echo kept >/etc/not-an-alias
        ln -s /etc/not-an-alias /var/qmail/alias/.qmail-list.new
        newaliases && exit 1
        cd /var/qmail/alias
        for file in .qmail-list .qmail-sales:team .qmail-nul .qmail-list2 .qmail-root; do
            echo "[$file] $(grep -v '^# newal' $file | tr '\n' ' ')"
        done
        cat /var/qmail/users/assign
        [ "$(cat /etc/not-an-alias)" = kept ] && rm /etc/not-an-alias
        mv /tmp/aliases.kept /etc/aliases
        newaliases
        ls -a; ls /var/qmail/users
        rm .qmail-list2
        """)
    assert "[.qmail-list] &ann &ben@there.example |cat >/dev/null, x" in said
    assert "[.qmail-sales:team] &ann &ben " in said
    assert "[.qmail-nul] # " in said
    assert "[.qmail-list2] &by-hand@here.example" in said
    assert "[.qmail-root] &ann" in said
    assert "=ann:alias:" in said and "=ben:" not in said
    assert "odd: cannot deliver to: :fail: no" in said and "~ben/.qmail" in said
    rest = said[said.rindex("\n..\n"):]
    assert ".qmail-list\n" not in rest and "assign" not in rest and ".qmail-root" in rest


@BOTH
def test_upgrade_with_mail_in_the_queue_loses_none(root: Root) -> None:
    root.sh(f"""
        useradd -m ups
        for n in $(seq {MESSAGES}); do
            printf 'Subject: up-%s\\n\\nx\\n' $n | sendmail ups
        done
        printf 'Subject: waits\\n\\nx\\n' | sendmail someone@elsewhere.example
        dpkg --purge quiltmail-dkim""")
    root.install(*later().glob("*.deb"))
    root.sh(f"""
        . /tmp/services
        qmail-instcheck
        qmail-doctor --no-dns || [ $? = 1 ]
        unit_start qmail
        until_true 'mail of before the upgrade did not arrive' arrived ups {MESSAGES}
        unit_stop $pid
        [ "$(cat /home/ups/Maildir/new/* | grep '^Subject: up-' | sort -u | wc -l)" = {MESSAGES} ]
        qmail-qread | grep someone@elsewhere.example""")


@ONE
def test_conffiles_keep_the_admins_words(root: Root) -> None:
    root.sh("echo '# mine' >>/etc/quiltmail/smtp.rules; echo mine.example >>/etc/qmail/locals")
    root.put(*debs().glob("*.deb"))
    root.sh("dpkg --force-confdef --force-confold -i /tmp/*.deb; rm /tmp/*.deb")
    assert "# mine" in root.sh("cat /etc/quiltmail/smtp.rules")
    assert "mine.example" in root.sh("cat /etc/qmail/locals")


@ONE
def test_users_services_do_not_start_without_certificates(root: Root) -> None:
    said = root.sh("""
        for name in qmail-smtps qmail-submission qmail-pop3d; do
            INVOCATION_ID=x /usr/lib/quiltmail/run/$name 2>&1 && exit 1
        done; true""")
    assert said.count("control/servercert.pem is missing") == 2
    assert "CHECKPASSWORD in /etc/quiltmail/service.conf names no program" in said


@ONE
@pytest.mark.parametrize("manager", ["runit", "s6", "daemontools"])
def test_services_start_reload_restart_and_stop_under(root: Root, manager: str) -> None:
    root.sh("sh /tmp/certificates")
    if manager == "s6":
        root.sh("echo SMTP_SERVER=qmail-smtpserve >>/etc/quiltmail/service.conf")
    said = root.sh(f"sh /tmp/under {manager} {ROUNDS}")
    root.sh("sed -i /^SMTP_SERVER=qmail/d /etc/quiltmail/service.conf")
    assert f"{manager}: {ROUNDS} rounds" in said and "each arrived once" in said


@ONE
@pytest.mark.parametrize("server", ["tcpserver", "qmail-smtpserve"])
def test_users_submit_and_fetch_mail_under_systemd(root: Root, server: str) -> None:
    root.sh(f"""
        cp /tmp/checkpassword /usr/local/bin
        echo CHECKPASSWORD=/usr/local/bin/checkpassword >>/etc/quiltmail/service.conf
        echo SMTP_SERVER={server} >>/etc/quiltmail/service.conf
        echo '77 ' >/etc/qmail/concurrencyincoming""")
    said = root.boot("python3 /tmp/users.py")
    assert "users submit by certificate, strangers do not relay" in said
    assert f"qmail-smtpd: {server} as qmaild, 77 at once" in said
    assert "qmail-pop3d: " in said
    root.sh("sed -i -e /^CHECKPASSWORD=.usr/d -e '$d' /etc/quiltmail/service.conf")
    root.sh("rm /usr/local/bin/checkpassword /etc/qmail/concurrencyincoming")


@ONE
def test_a_server_that_is_not_known_is_told(root: Root) -> None:
    root.sh("echo SMTP_SERVER=inetd >>/etc/quiltmail/service.conf")
    said = root.sh("INVOCATION_ID=x /usr/lib/quiltmail/run/qmail-smtpd 2>&1 || echo code $?")
    root.sh("sed -i '$d' /etc/quiltmail/service.conf")
    assert "SMTP_SERVER is neither tcpserver nor qmail-smtpserve" in said
    assert "code 111" in said


@ONE
def test_services_start_reload_restart_and_stop_under_systemd_and_are_upgraded(
        root: Root) -> None:
    root.sh("dpkg --purge quiltmail-dkim; mkdir /tmp/next")
    root.put(*later().glob("*.deb"), folder="tmp/next")
    said = root.boot(f"sh /tmp/under systemd {ROUNDS}")
    assert f"systemd: {ROUNDS} rounds" in said and "each arrived once" in said
    assert "under the running services" in said
    root.sh("rm -r /tmp/next")


@BOTH
def test_remove_keeps_the_queue_and_purge_keeps_mail_that_is_left(root: Root) -> None:
    root.sh("""
        dpkg -r quiltmail-tls quiltmail
        [ ! -e /var/qmail/bin/qmail-send ] && [ ! -e /usr/sbin/sendmail ]
        [ -s /etc/qmail/me ]
        dpkg --purge quiltmail
        [ -n "$(find /var/spool/quiltmail/mess -type f)" ]""")


@BOTH
def test_purge_leaves_nothing_once_that_is_said(root: Root) -> None:
    root.install(*debs().glob("*.deb"))
    assert "elsewhere.example" in root.sh("qmail-qread")
    root.sh("""
        echo quiltmail quiltmail/purge boolean true | debconf-set-selections
        dpkg --purge quiltmail-tls quiltmail-dkim quiltmail
        [ ! -e /var/log/qmail ]""")
    shared = {"/etc/aliases", "/etc/mailname"}
    assert root.files() - root.before - shared == set()


@ONE
def test_an_earlier_qmails_tree_is_taken_over_with_its_queue(root: Root) -> None:
    old = root.place / "tmp/old"
    shutil.copytree(REPO / "upstream", old, dirs_exist_ok=True)
    run("make", "-C", old, "-j2", "programs")
    root.sh("""
        cd /tmp/old && ./install-tree build '' /var/qmail
        /var/qmail/bin/qmail-config old.example
        echo '&keeper' >/var/qmail/alias/.qmail-legacy
        useradd -m keeper
        printf 'To: keeper\\nSubject: from-before\\n\\nx\\n' | /var/qmail/bin/qmail-inject
        mkdir /disk && mv /var/qmail/queue /disk && ln -s /disk/queue /var/qmail/queue
        """)
    root.install(package(debs(), "quiltmail"))
    root.sh("""
        . /tmp/services
        qmail-instcheck
        qmail-doctor --no-dns || [ $? = 1 ]
        [ "$(head -n 1 /etc/qmail/me)" = old.example ]
        [ "$(readlink -f /var/spool/quiltmail)" = /disk/queue ]
        [ -x /var/qmail/bin.before-quiltmail/qmail-send ]
        unit_start qmail
        until_true 'mail of the earlier qmail did not arrive' arrived keeper 1
        printf 'Subject: by-old-alias\\n\\nx\\n' | sendmail legacy
        until_true 'the alias of the earlier qmail is not heeded' arrived keeper 2
        unit_stop $pid
        dpkg --purge quiltmail
        [ -s /var/qmail/control/me ] && [ -p /var/qmail/queue/lock/trigger ]""")
