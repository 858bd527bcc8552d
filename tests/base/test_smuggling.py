# SPDX-License-Identifier: 0BSD
"""One idea of where a message ends: on the way in and on the way out."""
from __future__ import annotations

import socket
import threading

import pytest

from mailhost import QUEUE, USER, Mailhost, converse, wait_for

pytestmark = pytest.mark.every_prefix

# What somebody else may take for the end of a message; only CRLF.CRLF is.
ENDINGS = {
    "LF . LF": b"\n.\n", "LF . CRLF": b"\n.\r\n", "CRLF . LF": b"\r\n.\n",
    "CR . CR": b"\r.\r", "CR . CRLF": b"\r.\r\n", "CRLF . CR": b"\r\n.\r",
    "LF . CR": b"\n.\r", "CR . LF": b"\r.\n",
    "CRLF . CRCRLF": b"\r\n.\r\r\n", "CRCRLF . CRLF": b"\r\r\n.\rx\r\n",
    "CRLF NUL . CRLF": b"\r\n\0.\r\n", "CRLF . NUL CRLF": b"\r\n.\0\r\n",
    "NUL CRLF . LF": b"\0\r\n.\n",
}
SMUGGLED = (b"MAIL FROM:<evil@far.test>\r\nRCPT TO:<" + USER.encode() +
            b">\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled\r\n.\r\n")
BEGIN = b"HELO c\r\nMAIL FROM:<s@far.test>\r\nRCPT TO:<" + USER.encode() + b">\r\nDATA\r\n"


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("fill", [0, 1019, 1020, 1021, 1022, 1023, 1024, 2043, 4093, 8189])
def test_an_odd_ending_does_not_end_a_message_that_comes_in(
        name: str, fill: int, host: Mailhost) -> None:
    """With the ending at the boundaries of whatever is read at once."""
    host.serve_smtp()
    data = b"Subject: one\r\n\r\n" + b"x" * fill + ENDINGS[name]
    answer = converse(BEGIN + data + SMUGGLED + b"QUIT\r\n")
    accepted = answer.count(b"\r\n250 ok 1")
    assert accepted <= 1, answer
    assert answer.count(b"\n354 ") == 1, answer
    for path in host.queue_files():
        if path.startswith("todo/"):
            envelope = (QUEUE / path).read_bytes()
            assert b"Fs@far.test\0" in envelope
    assert sum(path.startswith("todo/") for path in host.queue_files()) == accepted
    if not accepted:
        # A bare LF ends the session with a temporary reply.
        assert b"\r\n451 " in answer, answer


class Listener(threading.Thread):
    """An SMTP server that keeps the bytes of one message just as they come."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.2", 25))
        self.got = b""
        self.start()

    def run(self) -> None:
        peer, _ = self.server.accept()
        with peer, peer.makefile("rb") as lines:
            peer.sendall(b"220 x\r\n")
            for line in lines:
                if line.upper().startswith(b"DATA"):
                    peer.sendall(b"354 x\r\n")
                    break
                peer.sendall(b"250 x\r\n")
            while not self.got.endswith(b"\r\n.\r\n"):
                more = peer.recv(65536)
                if not more:
                    return
                self.got += more
            peer.sendall(b"250 x\r\n")


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("fill", [0, 1021, 1022, 1023, 1024])
def test_an_odd_ending_does_not_end_a_message_that_goes_out(
        name: str, fill: int, host: Mailhost) -> None:
    """Whoever takes any of the forms for an end must not be shown one, up to what
    qmail 1.03 does: a lone CR goes out as it is. No line of the message is a bare
    dot, whether lines end with LF or with CRLF."""
    host.control(smtproutes=":127.0.0.2")
    listener = Listener()
    text = b"Subject: one\n\n" + b"x" * fill + ENDINGS[name] + b"smuggled\n"
    host.start()
    assert host.submit(["u@far.test"], text) == 0
    wait_for(lambda: "delivery 1: success" in host.said(), what=host.said())
    sent = listener.got
    assert sent.endswith(b"\r\n.\r\n")
    listener.server.close()
    assert b"\n.\r\n" not in sent[:-5], sent
    assert b"\n.\n" not in sent, sent
    for at in range(len(sent)):
        if sent[at] == 10:
            assert sent[at - 1] == 13, f"a bare LF at {at} of {sent!r}"


def test_a_message_that_ends_with_a_lone_dot_goes_out_whole(host: Mailhost) -> None:
    host.control(smtproutes=":127.0.0.2")
    listener = Listener()
    host.start()
    assert host.submit(["u@far.test"], b"Subject: x\n\na\n.\n") == 0
    wait_for(lambda: "delivery 1: success" in host.said(), what=host.said())
    assert listener.got.endswith(b"a\r\n..\r\n.\r\n")
    listener.server.close()
