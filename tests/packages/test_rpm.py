# SPDX-License-Identifier: 0BSD
"""The RPM packages in a fresh root of Debian, where one package stands for what they
need: installed, verified, used, upgraded with mail in the queue, erased."""
from __future__ import annotations

import pathlib
import shutil
from typing import Iterator

import pytest

from making import OUT, Root, fresh_root, rpms, run

DATABASE = ("--define", "_dbpath /var/lib/rpm")


@pytest.fixture(scope="module")
def root() -> Iterator[Root]:
    made = fresh_root("bookworm", "root-rpm")
    yield made
    shutil.rmtree(made.place, ignore_errors=True)


def binaries() -> list[pathlib.Path]:
    return [path for path in rpms().glob("*.rpm") if not path.name.endswith(".src.rpm")]


def rpm(root: Root, *arguments: object) -> str:
    return run("rpm", "--root", root.place, *DATABASE, *arguments)


def stand_in() -> pathlib.Path:
    """A package that provides all that ours need and none of them has."""
    def told(what: str) -> set[str]:
        return {line for file in binaries()
                for line in run("rpm", "-qp", what, file).splitlines()}
    wanted = {line for line in told("--requires") - told("--provides")
              if not line.startswith(("rpmlib(", "/"))}
    assert "ucspi-tcp" in wanted and any(line.startswith("libc.so.6") for line in wanted)
    files = {line for line in told("--requires") if line.startswith("/")}
    assert files <= {"/bin/sh"}, f"other files are needed: {files}"
    top = OUT / "stand-in"
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir(parents=True)
    (top / "needs.spec").write_text(
        "Name: needs\nVersion: 1\nRelease: 1\nSummary: Stands in\nLicense: 0BSD\n"
        "BuildArch: noarch\nProvides: /bin/sh\n"
        + "".join(f"Provides: {line}\n" for line in sorted(wanted))
        + "%description\nStands in.\n%files\n")
    run("rpmbuild", "-bb", "--define", f"_topdir {top}", top / "needs.spec")
    return next(top.glob("RPMS/noarch/*.rpm"))


def test_installs_where_its_needs_are_met_and_nowhere_else(root: Root) -> None:
    rpm(root, "--initdb")
    with pytest.raises(AssertionError, match="ucspi-tcp is needed by quiltmail"):
        rpm(root, "-i", *binaries())
    said = rpm(root, "-i", stand_in(), *binaries())
    assert "warning" not in said and "error" not in said, said


def test_files_owners_and_modes_are_those_of_the_packages(root: Root) -> None:
    changed = [line for name in ("quiltmail", "quiltmail-tls", "quiltmail-dkim")
               for line in run("sh", "-c", 'rpm "$@" || :', "sh", "--root", root.place,
                               *DATABASE, "-V", "--nodeps", name).splitlines()]
    assert changed == []
    queue = root.sh("stat -c '%U %G %a' /usr/lib/quiltmail/bin/qmail-queue")
    assert queue.split() == ["qmailq", "qmail", "4711"]
    assert root.sh("qmail-instcheck; grep -c qmail /etc/passwd").split()[-1] == "8"
    assert root.sh("cat /usr/lib/sysusers.d/quiltmail.conf").count("\nu ") == 8


def test_delivers(root: Root) -> None:
    assert "all is well" in root.sh("sh /tmp/delivery")


def test_replaced_with_mail_in_the_queue_it_loses_none(root: Root) -> None:
    root.sh("""
        useradd -m ups
        for n in 1 2 3 4 5; do printf 'Subject: up-%s\\n\\nx\\n' $n | sendmail ups; done
        echo '# mine' >>/etc/quiltmail/smtp.rules""")
    rpm(root, "-U", "--replacepkgs", "--replacefiles", *binaries())
    root.sh("""
        . /tmp/services
        qmail-instcheck
        grep '# mine' /etc/quiltmail/smtp.rules
        unit_start qmail
        until_true 'mail of before did not arrive' arrived ups 5
        unit_stop $pid""")


def test_erased_it_leaves_mail_settings_and_accounts(root: Root) -> None:
    root.sh("printf 'Subject: waits\\n\\nx\\n' | sendmail someone@elsewhere.example")
    rpm(root, "-e", "quiltmail-tls", "quiltmail-dkim", "quiltmail")
    root.sh("""
        [ ! -e /usr/lib/quiltmail/bin ] && [ ! -e /usr/sbin/sendmail ]
        [ ! -L /var/qmail/bin ]
        [ -s /etc/qmail/me ] && grep '# mine' /etc/quiltmail/smtp.rules*
        [ -n "$(find /var/spool/quiltmail/mess -type f)" ]
        getent passwd qmailq""")
