# SPDX-License-Identifier: 0BSD
"""What netqmail mended in 1.03 and the base never had: doc/netqmail.md has the list."""
from __future__ import annotations

import pathlib
import subprocess

import pytest

from mailhost import BIN, HOME, PREFIX, Mailhost

pytestmark = pytest.mark.every_prefix


def describe(dot_qmail: bytes, mode: int = 0o644) -> "tuple[int, bytes]":
    """What qmail-local -n says of a .qmail file: its exit code and its words."""
    path = pathlib.Path(HOME / ".qmail-x")
    path.write_bytes(dot_qmail)
    path.chmod(mode)
    run = subprocess.run(
        [str(BIN / "qmail-local"), "-n", "--", "vecjoe", str(HOME), "vecjoe-x", "-", "x",
         "local.test", "s@far.test", "./Mailbox"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=60, check=False)
    return run.returncode, run.stdout


@pytest.mark.parametrize("blank", [b"\t", b"\t\t\t", b" \t ", b"\t" * 5000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_dot_qmail_that_begins_with_blanks_only_makes_mail_wait(
        blank: bytes, end: bytes, host: Mailhost) -> None:
    code, said = describe(blank + end)
    assert code == 111 and b"(#4.2.1)" in said, said


@pytest.mark.parametrize("blank", [b"\t", b"\t\t\t", b" \t ", b"\t" * 5000])
def test_a_line_of_blanks_leaves_the_line_before_it_as_it_is(
        blank: bytes, host: Mailhost) -> None:
    code, said = describe(b"&a@far.test\t\n" + blank + b"\n\t\n&b@far.test \n" + blank)
    assert code == 0, said
    assert said == b"forward a@far.test\nforward b@far.test\ndid 0+2+0\n"


def test_a_dot_qmail_may_be_writable_for_the_group_but_not_for_all(host: Mailhost) -> None:
    assert describe(b"&a@far.test\n", 0o664) == (0, b"forward a@far.test\ndid 0+1+0\n")
    code, said = describe(b"&a@far.test\n", 0o666)
    assert code == 111 and b"is writable. (#4.7.0)" in said, said


def test_help_is_answered_and_names_no_other_software(host: Mailhost) -> None:
    run = subprocess.run([str(BIN / "qmail-smtpd")], input=b"HELP\r\nQUIT\r\n", timeout=60,
                         stdout=subprocess.PIPE, env={}, check=False)
    reply = run.stdout.split(b"\r\n")[1]
    assert reply.startswith(b"214 ") and b"qmail.org" not in reply, reply


def test_a_header_line_of_many_megabytes_does_not_hide_the_hops_behind_it(
        host: Mailhost) -> None:
    host.control(databytes="1000000")
    session = (b"MAIL FROM:<s@far.test>\r\nRCPT TO:<vecjoe@local.test>\r\nDATA\r\n"
               + b"X: " + b"x" * 40_000_000 + b"\r\n" + b"Received: r\r\n" * 100
               + b"\r\n.\r\nQUIT\r\n")
    run = subprocess.run([str(BIN / "qmail-smtpd")], input=session, timeout=120, env={},
                         stdout=subprocess.PIPE, check=False, cwd=PREFIX)
    assert b"\r\n554 too many hops" in run.stdout, run.stdout
