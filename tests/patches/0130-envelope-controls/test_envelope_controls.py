# SPDX-License-Identifier: 0BSD
"""Line breaks in addresses reach no line protocol and forge no header line; what
strangers say arrives without what a terminal acts upon."""
from __future__ import annotations

import re
import subprocess
from typing import Iterator

import pytest

from mailhost import BIN, PATH, QUEUE, USER, Mailhost, message, wait_for
from smtpserver import SmtpServer

PEER = "127.0.0.2"
BREAKS = {"LF": "\n", "CR": "\r", "CR LF": "\r\n"}


@pytest.fixture
def server(host: Mailhost) -> Iterator[SmtpServer]:
    """All mail goes there, and no names are asked for."""
    host.control(smtproutes=f":{PEER}")
    one = SmtpServer(PEER)
    yield one
    one.close()


def remote(sender: str, *recipients: str) -> bytes:
    return subprocess.run(
        [str(BIN / "qmail-remote"), PEER, sender, *recipients], input=b"\nx\n",
        stdout=subprocess.PIPE, timeout=60, check=True).stdout


# -- SMTP to others

@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("where", ["a{}b@far.test", "a@far{}RCPT TO:<evil@x.test>.test",
                                   "{}@far.test", "a@far.test{}", "no{}host"])
def test_an_address_with_a_line_break_fails_for_good_and_no_server_hears_of_it(
        name: str, where: str, server: SmtpServer, host: Mailhost) -> None:
    bad = where.format(BREAKS[name])
    report = remote(bad, "r@far.test")
    assert report.startswith(b"D") and report.endswith(b"(#5.1.7)\n\0"), report
    report = remote("s@x.test", bad)
    assert report.startswith(b"D") and report.endswith(b"(#5.1.3)\n\0"), report
    assert remote("s@x.test", bad, bad) == report
    assert server.connections == 0
    assert report.count(b"\0") == 1 and b"evil" not in report


def test_of_several_recipients_only_the_bad_one_fails(server: SmtpServer, host: Mailhost) -> None:
    report = remote("s@x.test", "a@far.test", "b\r\nRCPT TO:<evil@x.test>@far.test", "c@far.test")
    pieces = report.split(b"\0")
    assert [piece[:1] for piece in pieces] == [b"r", b"h", b"r", b"K", b""], report
    assert b"(#5.1.3)" in pieces[1]
    commands = [line for line in server.said if line.startswith(b"RCPT")]
    assert commands == [b"RCPT TO:<a@far.test>\r\n", b"RCPT TO:<c@far.test>\r\n"]


@pytest.mark.parametrize("box", ["a\tb", "a\x01b", "a\x7fb", "é", "a b"])
def test_what_stays_in_its_line_goes_out_as_before(
        box: str, server: SmtpServer, host: Mailhost) -> None:
    assert remote(f"{box}@x.test", f"{box}@far.test").startswith(b"r\0K")
    assert f'RCPT TO:<"{box}"@far.test>\r\n'.encode() in server.said


@pytest.mark.parametrize("reply, told", [
    (b"550 \x1b]0;owned\x07\x1b[2J gone\r\n", b"550 ?]0;owned??[2J gone\n"),
    (b"550-\x08\x08\x0c\r\n550 \x0e\x9b\xc3\xa9\t\x01\x7f\x00.\r\n",
     b"550-???\n550 ?\x9b\xc3\xa9\t\x01\x7f?.\n"),
])
def test_a_reply_is_told_without_what_a_terminal_acts_upon(
        reply: bytes, told: bytes, server: SmtpServer, host: Mailhost) -> None:
    server.answers["RCPT"] = reply
    assert remote("s@x.test", "r@far.test").startswith(
        b"h127.0.0.2 does not like recipient.\nRemote host said: " + told + b"\0D")


# -- from others

def test_smtp_refuses_an_address_with_a_cr_in_it(host: Mailhost) -> None:
    session = (b"MAIL FROM:<s\rs@x.test>\r\nMAIL FROM:<s@x.test>\r\n"
               b"RCPT TO:<r\rr@local.test>\r\nRCPT TO:<r@local\r>\r\n"
               b'RCPT TO:<"r\r"@local.test>\r\nRCPT TO:<r@local.test>\r\nQUIT\r\n')
    run = subprocess.run([str(BIN / "qmail-smtpd")], input=session, env={"PATH": PATH},
                         stdout=subprocess.PIPE, timeout=60, check=True)
    replies = [line[:3] for line in run.stdout.split(b"\r\n")]
    assert replies == [b"220", b"553", b"250", b"553", b"553", b"553", b"250", b"221", b""]
    assert run.stdout.count(b"line break cannot be part of an address (#5.1.3)") == 4


def netstring(text: bytes) -> bytes:
    return b"%d:%s," % (len(text), text)


@pytest.mark.parametrize("name", BREAKS)
def test_qmtp_refuses_such_addresses(name: str, host: Mailhost) -> None:
    bad = b"u" + BREAKS[name].encode() + b"@local.test"

    def qmtp(sender: bytes, *recipients: bytes) -> bytes:
        return subprocess.run(
            [str(BIN / "qmail-qmtpd")], env={"PATH": PATH}, timeout=60, check=False,
            input=netstring(b"\nA: b\n\nx\n") + netstring(sender)
            + netstring(b"".join(map(netstring, recipients))), stdout=subprocess.PIPE).stdout

    assert qmtp(bad, b"u@local.test") == netstring(b"Dunacceptable sender (#5.1.7)")
    said = qmtp(b"s@x.test", bad, b"u@local.test")
    refusal = netstring(b"Dsorry, I can't handle that recipient (#5.1.3)")
    assert said.startswith(refusal) and b":Kok " in said[len(refusal):], said


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("sender", [True, False])
def test_qmqp_refuses_such_addresses(name: str, sender: bool, host: Mailhost) -> None:
    bad, good = b"u" + BREAKS[name].encode() + b"@local.test", b"u@local.test"
    addresses = netstring(bad) + netstring(good) if sender else netstring(good) + netstring(bad)
    run = subprocess.run([str(BIN / "qmail-qmqpd")], env={"PATH": PATH}, timeout=60,
                         input=netstring(netstring(b"A: b\n\nx\n") + addresses),
                         stdout=subprocess.PIPE, check=False)
    assert run.stdout == netstring(b"Dsorry, I can't accept addresses like that (#5.1.3)")


# -- bounces

def fields(text: bytes) -> list[bytes]:
    """The names of the header's fields; every line of it must belong to one."""
    header = re.split(rb"\n\n", text, maxsplit=1)[0]
    names = []
    for line in header.split(b"\n"):
        if not line.startswith((b" ", b"\t")):
            assert re.match(rb"[A-Za-z-]+: ", line), text
            names.append(line.split(b":")[0])
    return names


@pytest.mark.parametrize("name", BREAKS)
def test_a_sender_forges_no_header_line_in_its_bounce(name: str, running: Mailhost) -> None:
    end = BREAKS[name]
    sender = f"vecjoe-x{end}Bcc: victim@far.test{end}{end}Forged: \x1b[2J@local.test"
    assert running.submit(["nobody-there@local.test"], message(), sender) == 0
    bounce = running.wait_mail()[0]
    running.wait_done()
    assert fields(bounce) == [b"Return-Path", b"Delivered-To", b"Received", b"Date",
                              b"From", b"To", b"Subject"]
    gap = "\\_" * len(end)  # in the quoted string a backslash stands before each
    told = f'"vecjoe-x{gap}Bcc: victim@far.test{gap}{gap}Forged: _[2J"@local.test'.encode()
    assert b"\nTo: " + told + b"\n" in bounce
    assert b"\nReturn-Path: <" + told + b">\n" in bounce
    assert b"\r" not in bounce and b"\x1b" not in bounce


def test_a_recipient_cannot_make_lines_in_a_bounce(running: Mailhost) -> None:
    running.submit(["nobody\r\n\nx\x1b[2J@local.test"], message(), USER)
    bounce = running.wait_mail()[0]
    assert b"\n<nobody___x_[2J@local.test>:\n" in bounce
    assert b"\r" not in bounce and b"\x1b" not in bounce
    assert "\x1b" not in running.said() and "\r" not in running.said()


def test_a_remote_recipient_with_a_line_break_bounces_once_with_its_reason(
        server: SmtpServer, running: Mailhost) -> None:
    bad = "r\nRCPT TO:<evil@x.test>\n@far.test"
    assert running.submit([bad, "good@far.test"], message(), USER) == 0
    bounce = running.wait_mail()[0]
    running.wait_done()
    assert b"holds a line break, which SMTP cannot transfer. (#5.1.3)" in bounce
    assert bounce.count(b">:\n") == 1 and b"good@far.test" not in bounce
    assert b"evil" not in b"".join(server.said)
    assert b"RCPT TO:<good@far.test>\r\n" in server.said
    assert "delivery" in running.said() and "line_break" in running.said()


def test_what_a_program_says_is_inert_in_the_bounce(running: Mailhost) -> None:
    running.home_file(".qmail-says", "|printf 'a\\033[2J\\007b\\r\\nc\\td\\n\\n\\ne\\001'; exit 100\n")
    running.submit(["vecjoe-says@local.test"], message(), USER)
    bounce = running.wait_mail()[0]
    assert b"\n<vecjoe-says@local.test>:\na?[2J?b \nc\td\n//e\x01\n\n" in bounce, bounce


# -- receipts

def test_a_receipt_goes_to_one_line(host: Mailhost) -> None:
    run = subprocess.run(
        [str(BIN / "qreceipt"), "l@local.test"], timeout=60, check=False,
        input=b"Notice-Requested-Upon-Delivery-To: <l@local.test>\n\nx\n",
        env={"PATH": PATH, "SENDER": "s\nBcc: victim@far.test\n\nx@far.test"})
    assert run.returncode == 0
    wait_for(lambda: list((QUEUE / "todo").glob("[0-9]*")), what="the receipt in the queue")
    notes = [path for path in (QUEUE / "mess").glob("*/[0-9]*")]
    assert len(notes) == 1
    assert fields(notes[0].read_bytes()) == [b"Received", b"From", b"To", b"Subject"]
