# SPDX-License-Identifier: 0BSD
"""qmail-remote says EHLO where it is told to, and HELO where that is not understood."""
from __future__ import annotations

import pathlib
import socket
import subprocess
import threading
from typing import Iterator

import pytest

from mailhost import BIN, Mailhost, wait_for

ADDRESS = "127.0.0.2"


class Server:
    """Answers each command with what is next for its verb; None hangs up."""

    def __init__(self) -> None:
        self.answers: dict[str, "bytes | None"] = {}
        self.said: list[str] = []
        self.connections = self.ended = 0
        self.listener = socket.create_server((ADDRESS, 25))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with peer, peer.makefile("rb") as lines:
                peer.settimeout(60)
                try:
                    self.talk(peer, lines)
                except OSError:
                    pass  # nobody waits for the reply to QUIT
            self.ended += 1

    def talk(self, peer: socket.socket, lines: "object") -> None:
        peer.sendall(b"220 mx\r\n")
        body = False
        for raw in lines:  # type: ignore[attr-defined]
            line = raw.decode("latin-1").rstrip("\r\n")
            if body and line != ".":
                continue
            verb = line.partition(" ")[0]
            self.said.append(line)
            body = verb == "DATA"
            answer = self.answers.get(verb, b"354 go\r\n" if body else b"250 ok\r\n")
            if answer is None:
                return
            peer.sendall(answer)

    def heard(self) -> list[str]:
        """All that was said, once the sessions are over."""
        wait_for(lambda: self.ended == self.connections, 60, "the session to end")
        return self.said

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture
def server(host: Mailhost) -> Iterator[Server]:
    host.control(smtproutes=f":{ADDRESS}", helohost="me.test")
    one = Server()
    yield one
    one.close()


def remote() -> bytes:
    return subprocess.run([BIN / "qmail-remote", "far.test", "s@x.test", "r@far.test"],
                          input=b"\nx\n", stdout=subprocess.PIPE, timeout=60, check=True).stdout


DONE = f"r\0K{ADDRESS} accepted message.\nRemote host said: 250 ok\n\0".encode()
REST = ["MAIL FROM:<s@x.test>", "RCPT TO:<r@far.test>", "DATA", ".", "QUIT"]


@pytest.mark.parametrize("setting", [None, "0", ""])
def test_nothing_changes_unasked(setting: "str | None", host: Mailhost, server: Server) -> None:
    host.control(remoteehlo=setting)
    assert remote() == DONE
    assert server.heard() == ["HELO me.test", *REST]


def test_a_server_that_knows_ehlo_is_told_that_alone(host: Mailhost, server: Server) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = b"250-mx hello\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
    assert remote() == DONE
    assert server.heard() == ["EHLO me.test", *REST]


@pytest.mark.parametrize("answer", [b"500 what?\r\n", b"502 not here\r\n", b"504 x\r\n",
                                    b"550-no\r\n550 thanks\r\n"])
def test_helo_follows_on_the_same_connection(answer: bytes, host: Mailhost, server: Server
                                             ) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = answer
    assert remote() == DONE
    assert server.heard() == ["EHLO me.test", "HELO me.test", *REST]
    assert server.connections == 1


def test_helo_refused_too_is_temporary(host: Mailhost, server: Server) -> None:
    host.control(remoteehlo="1")
    server.answers.update(EHLO=b"500 what?\r\n", HELO=b"550 go away\r\n")
    assert remote() == (f"ZConnected to {ADDRESS} but my name was rejected.\n"
                        "Remote host said: 550 go away\n\0").encode()
    assert server.heard() == ["EHLO me.test", "HELO me.test", "QUIT"]


@pytest.mark.parametrize("answer", [b"421 busy\r\n", b"450 later\r\n", b"251 odd\r\n"])
def test_other_replies_are_temporary_failures(answer: bytes, host: Mailhost, server: Server
                                              ) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = answer
    report = remote()
    assert report.startswith(f"ZConnected to {ADDRESS} but my name was rejected.\n".encode())
    assert answer.strip() in report
    assert server.heard() == ["EHLO me.test", "QUIT"]


def test_a_server_that_hangs_up_is_not_called_again(host: Mailhost, server: Server) -> None:
    host.control(remoteehlo="1")
    server.answers["EHLO"] = None
    assert remote() == f"ZConnected to {ADDRESS} but connection died. (#4.4.2)\n\0".encode()
    assert server.connections == 1


def test_a_file_that_cannot_be_read_makes_mail_wait(host: Mailhost, server: Server) -> None:
    pathlib.Path("/var/qmail/control/remoteehlo").mkdir()
    assert remote() == b"ZUnable to read control files. (#4.3.0)\n\0"
    assert server.connections == 0


def test_showctl_tells(host: Mailhost) -> None:
    host.control(remoteehlo="1")
    told = subprocess.run([BIN / "qmail-showctl"], stdout=subprocess.PIPE, text=True, timeout=60,
                          check=True).stdout
    assert "Other servers are told EHLO: 1 (0: HELO)." in told
