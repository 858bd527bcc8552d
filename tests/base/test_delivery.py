# SPDX-License-Identifier: 0BSD
"""Mail flows: what is put in over SMTP or through sendmail arrives byte for byte."""
from __future__ import annotations

import email
import pathlib
import random

import pytest

import peers
from mailhost import DOMAIN, HOME, USER, WORK, Mailhost, body_of, converse, wait_for

pytestmark = pytest.mark.every_prefix

EIGHT_BIT = "Grüße, ¿qué tal?, 日本語\n".encode() + bytes(range(128, 256)) + b"\n"
LARGE = 25 * 1024 * 1024


def large() -> bytes:
    """25 MB of lines that no two positions share."""
    dice = random.Random(25)
    lines, size = [], 0
    while size < LARGE:
        line = f"{size} {dice.getrandbits(4000):x}\n".encode()
        lines.append(line)
        size += len(line)
    return b"".join(lines)


BODIES = {
    "plain": b"one\ntwo\n",
    "8-bit": EIGHT_BIT,
    "dots": b".\n..\n.x\nx.\n\n.\n",
    "From lines": b"From here\n>From there\n\n\n",
    "long line": b"x" * 100_000 + b"\n",
    "25 MB": large(),
}


def letter(body: bytes) -> bytes:
    return b"From: s@far.test\nTo: u@local.test\nSubject: bytes\n\n" + body


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_arrives_byte_for_byte_over_smtp(kind: str, running: Mailhost) -> None:
    data = letter(BODIES[kind])
    stuffed = data.replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
    answer = converse(b"EHLO c\r\nMAIL FROM:<s@far.test>\r\nRCPT TO:<" + USER.encode() +
                      b">\r\nDATA\r\n" + stuffed + b".\r\nQUIT\r\n", seconds=120)
    assert b"\r\n250 ok 1" in answer, answer[-300:]
    (got,) = running.wait_mail(1, 120)
    assert body_of(got) == BODIES[kind]
    running.wait_done()


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_arrives_byte_for_byte_through_sendmail(kind: str, running: Mailhost) -> None:
    running.sendmail(["-fs@far.test", USER], letter(BODIES[kind]))
    (got,) = running.wait_mail(1, 120)
    assert body_of(got) == BODIES[kind]


def test_an_attachment_sent_by_swaks_arrives_whole(running: Mailhost) -> None:
    file = WORK / "attached.bin"
    file.write_bytes(bytes(random.Random(1).randrange(256) for _ in range(50_000)))
    sent = peers.swaks("--attach-type", "application/octet-stream", "--attach", f"@{file}",
                       recipients=[USER])
    assert sent.returncode == 0, sent.stdout[-1000:]
    (got,) = running.wait_mail()
    parts = [part.get_payload(decode=True) for part in email.message_from_bytes(got).walk()]
    assert file.read_bytes() in parts


def test_swaks_sends_a_large_8_bit_message(running: Mailhost) -> None:
    data = WORK / "data"
    data.write_bytes(letter(EIGHT_BIT * 2000))
    sent = peers.swaks(data=data, recipients=[USER])
    assert sent.returncode == 0, sent.stdout[-1000:]
    (got,) = running.wait_mail(1, 60)
    assert body_of(got).rstrip(b"\n") == (EIGHT_BIT * 2000).rstrip(b"\n")


@pytest.mark.parametrize("way", ["smtp", "sendmail"])
def test_fifty_recipients_each_get_their_copy(way: str, running: Mailhost) -> None:
    names = [f"vecjoe-{turn}@{DOMAIN}" for turn in range(50)]
    if way == "smtp":
        sent = peers.swaks("--body", "for all", recipients=names)
        assert sent.returncode == 0, sent.stdout[-1000:]
    else:
        running.sendmail(["-fs@far.test", *names], letter(b"for all\n"))
    got = running.wait_mail(50)
    for name in names:
        mark = f"Delivered-To: {name}\n".encode()
        assert sum(mark in text for text in got) == 1, name
    assert all(b"for all" in text for text in got)
    running.wait_done()


def test_an_unknown_user_bounces_to_the_sender(running: Mailhost) -> None:
    running.submit(["nobodyhere@" + DOMAIN], sender=USER)
    (bounce,) = running.wait_mail()
    assert bounce.startswith(b"Return-Path: <>\n"), bounce[:200]
    assert b"Hi. This is the qmail-send program at local.test." in bounce
    assert b"<nobodyhere@local.test>:\nSorry, no mailbox here by that name. (#5.1.1)" in bounce
    assert b"--- Below this line is a copy of the message.\n" in bounce
    running.wait_done()


def test_mail_for_a_remote_domain_reaches_its_exchanger(
        names: None, sink: peers.Sink, running: Mailhost) -> None:
    body = b".\nline\n" + EIGHT_BIT
    running.submit(["friend@remote.test", "other@remote.test"], letter(body))
    got = sink.wait_messages(2)
    assert sorted(line for text in got for line in text.split(b"\n")
                  if line.startswith(b"X-Rcpt-Args")) == [
        b"X-Rcpt-Args: <friend@remote.test>", b"X-Rcpt-Args: <other@remote.test>"]
    for text in got:
        assert b"X-Mail-Args: <s@far.test>" in text
        assert text.replace(b"\r\n", b"\n").rstrip(b"\n").endswith(
            letter(body).rstrip(b"\n")), text[-400:]
    running.wait_done()


def test_a_remote_domain_that_does_not_exist_bounces(names: None, running: Mailhost) -> None:
    running.submit(["u@nowhere.test"], sender=USER)
    (bounce,) = running.wait_mail(1, 60)
    assert b"<u@nowhere.test>:\n" in bounce
    assert b"(#5.1.2)" in bounce


def test_an_exchanger_that_is_down_defers(names: None, running: Mailhost) -> None:
    running.submit(["u@remote.test"], sender=USER)
    wait_for(lambda: "deferral" in running.said(), 90, "a deferral")
    assert not running.mail()
    assert any(path.startswith("remote/") for path in running.queue_files())


def test_qmail_inject_and_a_forward_bring_mail_home(running: Mailhost) -> None:
    running.home_file(".qmail-away", f"&{USER}\n")
    running.sendmail(["-fs@far.test", f"vecjoe-away@{DOMAIN}"], letter(b"round\n"))
    (got,) = running.wait_mail()
    assert got.count(b"Delivered-To: ") == 2
    assert body_of(got) == b"round\n"


def test_an_mbox_gets_messages_that_can_be_told_apart(running: Mailhost) -> None:
    running.home_file(".qmail-box", "./Mailbox\n")
    for turn in range(3):
        assert running.submit([f"vecjoe-box@{DOMAIN}"],
                              letter(b"From me %d\nlast line no end" % turn)) == 0
    running.wait_done()
    text = pathlib.Path(HOME, "Mailbox").read_bytes()
    assert text.count(b"\nFrom s@far.test ") + text.startswith(b"From s@far.test ") == 3
    assert text.count(b"\n>From me ") == 3
    assert text.endswith(b"last line no end\n\n")
