# SPDX-License-Identifier: 0BSD
"""Remote text reaches programs in .qmail as data, never as anything else."""
from __future__ import annotations

import os
import subprocess

import pytest

from mailhost import BIN, DOMAIN, HOME, WORK, Mailhost, message

HOSTILE = [
    "() { :;}; touch /tmp/pwned", "$(touch /tmp/pwned)", "`touch /tmp/pwned`",
    "a;touch /tmp/pwned", "a|touch /tmp/pwned", "a&&touch /tmp/pwned", "-rf", "../../etc/passwd",
    "a'b", 'a"b', "a\\b", "%s%n%x", "a\tb", "\x1b[2J", "a\nb", "a\nX-Header: evil",
    "\xe9\xff", "*", "~root", "$IFS", "x" * 900,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_sender_reaches_a_program_inert(text: str, running: Mailhost) -> None:
    evidence = HOME / "sender"
    running.home_file(".qmail", f'|printf %s "$SENDER" >{evidence}; env >{HOME}/env\n./Maildir/\n')
    raw = f"{text}@far.test".encode("latin-1")
    send(running, raw, f"vecjoe@{DOMAIN}".encode())
    (got,) = running.wait_mail()
    assert evidence.read_bytes() == raw
    check(running, got)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "/" not in text],
                         ids=str)
def test_a_hostile_extension_reaches_a_program_inert(text: str, running: Mailhost) -> None:
    evidence = HOME / "extension"
    running.home_file(".qmail-default",
                      f'|printf %s "$EXT" >{evidence}; env >{HOME}/env\n./Maildir/\n')
    raw = text.encode("latin-1")
    send(running, b"s@far.test", b"vecjoe-" + raw + b"@" + DOMAIN.encode())
    (got,) = running.wait_mail()
    assert evidence.read_bytes() == raw
    check(running, got)


def send(host: Mailhost, sender: bytes, recipient: bytes) -> None:
    (WORK / "0").write_bytes(message())
    (WORK / "1").write_bytes(b"F" + sender + b"\0T" + recipient + b"\0\0")
    with open(WORK / "0", "rb") as text, open(WORK / "1", "rb") as envelope:
        subprocess.run([BIN / "qmail-queue"], stdin=text, stdout=envelope, env={}, check=True)


def check(host: Mailhost, got: bytes) -> None:
    """Nothing ran, no header came from an address, no control byte got into the log."""
    assert not os.path.exists("/tmp/pwned")
    head = got.partition(b"\n\n")[0].split(b"\n")
    assert not any(line.startswith(b"X-Header") for line in head)
    assert head[0].startswith(b"Return-Path: <")
    assert head[1].startswith(b"Delivered-To: ")
    log = host.log.read_bytes()
    assert all(32 <= byte < 127 or byte == 10 for byte in log), log
    assert not any(line.startswith(b"X-Header") for line in log.split(b"\n"))
    host.wait_done()
