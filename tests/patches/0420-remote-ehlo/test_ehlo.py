# SPDX-License-Identifier: 0BSD
"""qmail-remote says EHLO where it is told to, and HELO where that is not understood."""
from __future__ import annotations

import pathlib
import subprocess
from typing import Iterator

import pytest

from mailhost import BIN, Mailhost
from smtpserver import SmtpServer

ADDRESS = "127.0.0.2"


@pytest.fixture
def server(host: Mailhost) -> Iterator[SmtpServer]:
    host.control(smtproutes=f":{ADDRESS}", helohost="me.test")
    one = SmtpServer(ADDRESS)
    yield one
    one.close()


def remote() -> bytes:
    return subprocess.run([BIN / "qmail-remote", "far.test", "s@x.test", "r@far.test"],
                          input=b"\nx\n", stdout=subprocess.PIPE, timeout=60, check=True).stdout


DONE = f"r\0K{ADDRESS} accepted message.\nRemote host said: 250 x\n\0".encode()
REST = ["MAIL FROM:<s@x.test>", "RCPT TO:<r@far.test>", "DATA", ".", "QUIT"]


@pytest.mark.parametrize("setting", [None, "0", ""])
def test_nothing_changes_unasked(setting: "str | None", host: Mailhost, server: SmtpServer) -> None:
    host.control(remoteehlo=setting)
    assert remote() == DONE
    assert server.commands() == ["HELO me.test", *REST]


def test_a_server_that_knows_ehlo_is_told_that_alone(host: Mailhost, server: SmtpServer) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = b"250-mx hello\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
    assert remote() == DONE
    assert server.commands() == ["EHLO me.test", *REST]


@pytest.mark.parametrize("answer", [b"500 what?\r\n", b"502 not here\r\n", b"504 x\r\n",
                                    b"550-no\r\n550 thanks\r\n"])
def test_helo_follows_on_the_same_connection(answer: bytes, host: Mailhost, server: SmtpServer
                                             ) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = answer
    assert remote() == DONE
    assert server.commands() == ["EHLO me.test", "HELO me.test", *REST]
    assert server.connections == 1


def test_helo_refused_too_is_temporary(host: Mailhost, server: SmtpServer) -> None:
    host.control(remoteehlo="1")
    server.answers.update(EHLO=b"500 what?\r\n", HELO=b"550 go away\r\n")
    assert remote() == (f"ZConnected to {ADDRESS} but my name was rejected.\n"
                        "Remote host said: 550 go away\n\0").encode()
    assert server.commands() == ["EHLO me.test", "HELO me.test", "QUIT"]


@pytest.mark.parametrize("answer", [b"421 busy\r\n", b"450 later\r\n", b"251 odd\r\n"])
def test_other_replies_are_temporary_failures(answer: bytes, host: Mailhost, server: SmtpServer
                                              ) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = answer
    report = remote()
    assert report.startswith(f"ZConnected to {ADDRESS} but my name was rejected.\n".encode())
    assert answer.strip() in report
    assert server.commands() == ["EHLO me.test", "QUIT"]


def test_a_server_that_hangs_up_is_not_called_again(host: Mailhost, server: SmtpServer) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = None
    assert remote() == f"ZConnected to {ADDRESS} but connection died. (#4.4.2)\n\0".encode()
    assert server.connections == 1


def test_a_file_that_cannot_be_read_makes_mail_wait(host: Mailhost, server: SmtpServer) -> None:
    pathlib.Path("/var/qmail/control/remoteehlo").mkdir()
    assert remote() == b"ZUnable to read control files. (#4.3.0)\n\0"
    assert server.connections == 0


def test_showctl_tells(host: Mailhost) -> None:
    host.control(remoteehlo="1")
    told = subprocess.run([BIN / "qmail-showctl"], stdout=subprocess.PIPE, text=True, timeout=60,
                          check=True).stdout
    assert "Other servers are told EHLO: 1 (0: HELO)." in told
