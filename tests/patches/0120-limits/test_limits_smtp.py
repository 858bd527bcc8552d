# SPDX-License-Identifier: 0BSD
"""What a client of qmail-smtpd may send: sizes, numbers, replies, log."""
import socket
import subprocess

import pytest

from mailhost import DOMAIN, QUEUE, Mailhost
from limits_talk import BIN, ENV, answers

TO = f"RCPT TO:<vecjoe@{DOMAIN}>\r\n".encode()
BEGIN = b"MAIL FROM:<s@far.test>\r\n" + TO
LINE = b"500 line too long (#5.5.2)"
RCPT = b"452 sorry, too many recipients (#4.5.3)"
TEXT = b"554 sorry, that message has a line longer than my limit (#5.6.0)"
HEADER = b"552 sorry, that message header exceeds my limit (#5.3.4)"
OK = b"250 ok"


def queued(host: Mailhost, part: str = "mess/") -> list[bytes]:
    return [(QUEUE / path).read_bytes() for path in host.queue_files()
            if path.startswith(part)]


def short(lines: list[bytes]) -> list[bytes]:
    """The codes only."""
    return [line[:3] for line in lines]


def test_without_the_files_nothing_is_limited_and_nothing_logged(host: Mailhost) -> None:
    data = (b"NOOP " + b"x" * 20000 + b"\r\n" + b"BAD\r\n" * 300 + BEGIN + TO * 300
            + b"RCPT TO:<u@far.test>\r\n" * 100 + b"DATA\r\n" + b"A: b\r\n" * 3000
            + b"X: " + b"y" * 100000 + b"\r\n\r\n.\r\nQUIT\r\n")
    lines, log, code = answers(data)
    assert code == 0 and log == b""
    assert lines[-2].startswith(b"250 ok ")
    assert len(queued(host)) == 1


# Command lines

@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_command_of_just_the_limit_is_taken_and_one_more_byte_is_not(
        end: bytes, host: Mailhost) -> None:
    host.control(maxcmdlen="512")
    fits = b"NOOP ".ljust(512 - len(end), b"x") + end
    lines, log, _ = answers(fits + b"NOOP ".ljust(513 - len(end), b"x") + end + b"NOOP\r\n")
    assert lines[1:] == [OK, LINE, OK]
    assert log.count(b"\n") == 1
    assert b" from 192.0.2.7: command line over maxcmdlen (512): 500 line" in log


@pytest.mark.parametrize("fill", [0, 1, 400, 511, 8170, *range(8183, 8196), 16384, 70000])
@pytest.mark.parametrize("between", [b"\r", b"\0", b" ", b"\r\0\r"])
def test_no_part_of_a_long_line_is_taken_for_a_command(
        fill: int, between: bytes, host: Mailhost) -> None:
    """With the part that looks like one at the boundaries of what is read at once."""
    host.control(maxcmdlen="512")
    hidden = b"MAIL FROM:<evil@far.test>" + between + b"RCPT TO:<x>" + between + b"QUIT"
    line = b"NOOP ".ljust(512, b"x") + b"y" * fill + between + hidden + b"\r\n"
    lines, _, code = answers(line + TO + b"NOOP\r\n")
    assert lines[1:] == [LINE, b"503 MAIL first (#5.5.1)", OK]
    assert code == 1


def test_a_line_without_end_is_not_kept(host: Mailhost) -> None:
    """More than the process may have, without a LF."""
    host.control(maxcmdlen="1000", processlimits="qmail-smtpd:memory:50000000")
    lines, log, _ = answers(b"HELO " + b"x" * 90_000_000 + b"\r\nNOOP\r\n")
    assert lines[1:] == [LINE, OK]
    assert b"memory" not in log


# Lines and headers of messages

def message(host: Mailhost, text: bytes, **control: str) -> tuple[bytes, bytes, int]:
    """What a message is answered, the log, and how many were queued; a command follows
    it, and is taken for one."""
    host.control(**control)
    lines, log, _ = answers(BEGIN + b"DATA\r\n" + text + b".\r\nNOOP\r\n")
    assert short(lines) == [b"220", b"250", b"250", b"354", lines[4][:3], b"250"], lines
    return lines[4], log, len(queued(host))


@pytest.mark.parametrize("line", [
    b"x" * 998, b"." + b"." + b"x" * 997, b"x" * 997 + b"\r", b"\0" * 998])
def test_a_line_of_just_the_limit_is_taken(line: bytes, host: Mailhost) -> None:
    reply, log, count = message(host, b"A: b\r\n\r\n" + line + b"\r\n", maxlinelen="1000")
    assert reply.startswith(b"250 ok ") and not log and count == 1


@pytest.mark.parametrize("line", [
    b"x" * 999, b"." + b"." + b"x" * 998, b"x" * 998 + b"\r", b"x" * 70000,
    b"x" * 999 + b"\r\n.\rMAIL FROM:<evil@x>\r\nx"])
@pytest.mark.parametrize("where", ["header", "body", "both"])
def test_a_message_with_a_longer_line_is_read_and_refused(
        line: bytes, where: str, host: Mailhost) -> None:
    text = b""
    text += line + b"\r\n" if where != "body" else b"A: b\r\n"
    text += b"\r\n"
    text += line + b"\r\n" if where != "header" else b"c\r\n"
    reply, log, count = message(host, text, maxlinelen="1000")
    assert reply == TEXT and count == 0
    assert log.count(b"\n") == 1 and b"maxlinelen (1000): 554 " in log


@pytest.mark.parametrize("text, size, lines", [
    (b"A: b\r\n\r\n" + b"c" * 500 + b"\r\n", 6, 1),
    (b"A: b\r\n d\r\n\r\nc\r\n", 10, 2),
    (b"A: b\r\n", 6, 1),
    (b"..: b\r\nA: b\r\n\r\nc\r\n", 12, 2),
    (b"X: " + b"y" * 9000 + b"\r\n\r\nc\r\n", 9005, 1),
])
def test_the_header_ends_at_the_empty_line_or_the_messages_end(
        text: bytes, size: int, lines: int, host: Mailhost) -> None:
    for bytes_max, lines_max, good in [
            (size, 0, True), (size - 1, 0, False), (0, lines, True),
            (0, lines - 1, lines == 1), (size, lines, True)]:
        host.reset()
        reply, log, count = message(host, text, maxheaderbytes=str(bytes_max),
                                    maxheaderlines=str(lines_max))
        assert (reply == HEADER) == (not good), (bytes_max, lines_max, reply)
        assert count == good
        assert (b"header over maxheader" in log) == (not good)


def test_loops_and_databytes_are_told_before_the_header(host: Mailhost) -> None:
    hops = b"Received: x\r\n" * 100
    assert message(host, hops + b"\r\n", maxheaderlines="5")[0].startswith(b"554 too many hops")
    host.control(databytes="10")
    assert b"databytes" in message(host, b"A: b\r\n" * 9 + b"\r\n", maxheaderlines="5")[0]


# Recipients

def test_recipients_beyond_the_limit_are_deferred_and_the_rest_gets_the_message(
        host: Mailhost) -> None:
    host.control(maxrcpt="3")
    data = BEGIN + TO * 4 + b"RCPT TO:<u@far.test>\r\nDATA\r\n\r\nx\r\n.\r\n"
    lines, log, _ = answers(data + data + b"QUIT\r\n")
    once = [OK] * 4 + [RCPT, RCPT, lines[7]]
    assert lines[1:8] == once and lines[10:17] == once
    assert b"rcpthosts" in lines[7]
    assert lines[9].startswith(b"250 ok ") and lines[18].startswith(b"250 ok ")
    assert [text.count(b"\0T") for text in queued(host, "todo/")] == [3, 3]
    assert log.count(b"\n") == 1
    assert b"more recipients than maxrcpt (3): 452 sorry, too many recipients (#4.5.3)" in log


@pytest.mark.parametrize("between", [b"RSET\r\n", b"HELO x\r\n", b""])
def test_the_next_transaction_counts_anew(between: bytes, host: Mailhost) -> None:
    host.control(maxrcpt="2")
    lines, _, _ = answers(BEGIN + TO + between + BEGIN + TO + TO)
    assert lines[-4:] == [OK, OK, OK, RCPT]


def test_a_mail_command_that_fails_leaves_the_count_alone(host: Mailhost) -> None:
    host.control(maxrcpt="2")
    wrong = b"MAIL FROM:<" + b"x" * 1000 + b"@y>\r\n"
    lines, _, _ = answers(BEGIN + TO + wrong + TO)
    assert lines[4:] == [b"555 syntax error (#5.5.4)", RCPT]


@pytest.mark.parametrize("control, env, limit", [
    ({"maxrcpt": "2"}, {}, 2),
    ({"maxrecipients": "2"}, {}, 2),
    ({"maxrcpt": "2", "maxrecipients": "3"}, {}, 2),
    ({"maxrcpt": "2"}, {"MAXRCPT": "3"}, 3),
    ({"maxrcpt": "2"}, {"MAXRCPT": "0"}, 0),
    ({"maxrcpt": "2"}, {"MAXRECIPIENTS": "4"}, 4),
    ({"maxrcpt": "2"}, {"MAXRCPT": "3", "MAXRECIPIENTS": "4"}, 3),
    ({"maxrcpt": "2"}, {"DISABLE_MAXRCPT": ""}, 0),
    ({"maxrcpt": "0"}, {}, 0),
])
def test_the_names_that_other_patches_gave_the_limit_hold(
        control: dict[str, str], env: dict[str, str], limit: int, host: Mailhost) -> None:
    host.control(**control)
    lines, _, _ = answers(BEGIN + TO * 5, **env)
    assert lines[2:].count(OK) == (limit or 6)


# Commands and errors

@pytest.mark.parametrize("command", [b"NOOP\r\n", b"XXX\r\n", b"\r\n", b"NOOP " + b"x" * 600
                                     + b"\r\n"])
def test_the_session_ends_after_so_many_commands(command: bytes, host: Mailhost) -> None:
    host.control(maxcommands="5", maxcmdlen="512")
    lines, log, code = answers(command * 7)
    assert len(lines) == 7 and code == 1
    assert lines[-1] == b"421 too many commands (#4.7.0)"
    assert b"more commands than maxcommands (5): 421 " in log
    lines, log, code = answers(command * 5 + b"QUIT\r\n")
    assert lines[-1].startswith(b"221 ") and code == 0


def test_the_session_ends_after_so_many_errors(host: Mailhost) -> None:
    host.control(maxerrors="3", maxcmdlen="100")
    bad = b"XXX\r\n" + b"RCPT\r\n" + b"NOOP" + b" " * 100 + b"\r\n"
    lines, log, code = answers(b"NOOP\r\n" * 9 + bad + b"NOOP\r\n" * 5)
    assert short(lines) == [b"220"] + [b"250"] * 9 + [b"502", b"503", b"500", b"421"]
    assert lines[-1] == b"421 too many errors (#4.7.0)" and code == 1
    assert b"as many errors as maxerrors (3): 421 " in log
    lines, _, code = answers(bad + b"QUIT\r\n")
    assert lines[-1].startswith(b"221 ") and code == 0


def test_a_temporary_refusal_is_no_error(host: Mailhost) -> None:
    host.control(maxerrors="2", brtlimit="2", maxrcpt="1")
    lines, _, _ = answers(BEGIN + TO * 50 + b"DATA\r\n\r\nx\r\n.\r\n")
    assert lines.count(RCPT) == 50
    assert lines[-1].startswith(b"250 ok ")


def test_the_session_ends_after_so_many_refused_recipients(host: Mailhost) -> None:
    host.control(brtlimit="3")
    bad = b"RCPT TO:<u@far.test>\r\n"
    lines, log, code = answers(b"XXX\r\n" * 5 + BEGIN + bad * 2 + TO + bad + TO + TO)
    assert short(lines)[6:] == [b"250", b"250", b"553", b"553", b"250", b"553", b"421"]
    assert lines[-1] == b"421 too many invalid addresses, goodbye (#4.3.0)" and code == 1
    assert b"as many refused recipients as brtlimit (3): 421 " in log
    lines, _, _ = answers(BEGIN + bad * 5, BRTLIMIT="1")
    assert short(lines) == [b"220", b"250", b"250", b"553", b"421"]


def test_a_command_out_of_turn_or_form_is_no_refused_recipient(host: Mailhost) -> None:
    """brtlimit is about addresses that nobody has, in the patch that gave it its name."""
    host.control(brtlimit="2")
    bad = b"RCPT TO:<u@far.test>\r\n"
    odd = b"RCPT TO:<" + b"x" * 1000 + b">\r\n"
    lines, log, _ = answers(bad * 5 + b"MAIL FROM:<s@far.test>\r\n" + odd * 5 + bad + TO + bad
                            + TO)
    assert short(lines) == [b"220", *[b"503"] * 5, b"250", *[b"555"] * 5, b"553", b"250", b"553",
                            b"421"]
    assert log.count(b"brtlimit (2)") == 1


# The log

def test_a_log_line_is_one_line_of_printable_ascii_at_most_300_bytes(
        host: Mailhost) -> None:
    host.control(maxcmdlen="10")
    _, log, _ = answers(b"NOOP 345678\r\n" * 3, TCPREMOTEIP="\x1b[2J\nqmail: \xe4" + "1" * 500)
    assert log.count(b"\n") == 1 and len(log) <= 300
    assert all(32 <= byte < 127 for byte in log[:-1]), log
    assert log.startswith(b"qmail-smtpd: pid ")
    assert b" from ?[2J?qmail: ??1111" in log


def test_nothing_is_logged_to_the_client(host: Mailhost) -> None:
    """inetd connects descriptor 2 with the client."""
    host.control(maxcmdlen="10")
    mine, its = socket.socketpair()
    with subprocess.Popen([BIN / "qmail-smtpd"], stdin=its, stdout=its, stderr=its,
                          env=ENV) as process:
        its.close()
        mine.sendall(b"NOOP 3456789\r\nQUIT\r\n")
        mine.settimeout(60)
        got = b""
        while more := mine.recv(1000):
            got += more
        mine.close()
        assert process.wait(timeout=60) == 0
    assert [line[:4] for line in got.splitlines()] == [b"220 ", b"500 ", b"221 "]
