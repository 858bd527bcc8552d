# SPDX-License-Identifier: 0BSD
"""Two new files add to every table of the SMTP session, and no other file changes."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from mailhost import DOMAIN, QUEUE, Mailhost

HERE = Path(__file__).parent
SOURCE = Path("/mnt/out/src")
BEGIN = f"MAIL FROM:<s@x.test>\r\nRCPT TO:<r@{DOMAIN}>\r\n".encode()


def make(source: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "-s", "-j2", "-C", str(source), f"BUILD={source}.build",
         "CFLAGS=-O0 -Wall -Wextra -Wconversion -Werror", *arguments],
        capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """A tree with the two files added, and its qmail-smtpd compiled."""
    folder = Path(tempfile.mkdtemp(prefix="tables."))
    source = folder / "src"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns(".pc"))
    for name in "extra.c", "extra.rows":
        shutil.copy(HERE / name, source / "smtp" / name)
    made = make(source, f"{source}.build/bin/qmail-smtpd")
    assert made.returncode == 0, made.stderr
    yield source
    shutil.rmtree(folder)


@pytest.fixture
def program(tree: Path, host: Mailhost) -> str:
    return f"{tree}.build/bin/qmail-smtpd"


def talk(program: str, text: bytes, **env: str) -> list[bytes]:
    run = subprocess.run([program], input=text, capture_output=True, timeout=60,
                         check=False, env={"PATH": os.environ["PATH"], **env})
    return run.stdout.splitlines()


def test_a_fragment_adds_a_command(program: str) -> None:
    answers = talk(program, b"XTEST hello\r\nxtest\r\nNOOP\r\nXLATE\r\nHELO x\r\nXNONE\r\n")
    assert answers[1:] == [
        b"250 xtest hello", b"250 xtest ", b"250 ok", b"250 the second table",
        f"250 {DOMAIN}".encode(), b"502 unimplemented (#5.5.1)"]


def test_keywords_stand_in_the_order_of_their_numbers(program: str) -> None:
    assert talk(program, b"EHLO x\r\n")[1:] == [
        f"250-{DOMAIN}".encode(), b"250-XFIRST", b"250-PIPELINING", b"250-8BITMIME",
        b"250 XLAST"]


def test_a_start_check_refuses_a_client_before_the_greeting(program: str) -> None:
    assert talk(program, b"EHLO x\r\n", TCPREMOTEIP="192.0.2.1") == [b"554 not you"]
    assert talk(program, b"", TCPREMOTEIP="192.0.2.2")[0].startswith(b"220 ")


def test_a_command_check_sees_every_command(program: str) -> None:
    answers = talk(program, b"HELP\r\nhelp me\r\n")
    assert answers[1].startswith(b"214 ")
    assert answers[2] == b"501 no help with that"


def test_sender_and_recipient_checks_stand_where_their_numbers_say(program: str) -> None:
    answers = talk(program, b"MAIL FROM:<bad@x>\r\nMAIL FROM:<s@x>\r\n"
                   b"RCPT TO:<early@far.test>\r\nRCPT TO:<late@far.test>\r\n"
                   b"RCPT TO:<late@" + DOMAIN.encode() + b">\r\n")
    assert answers[1:3] == [b"553 bad sender", b"250 ok"]
    assert answers[3] == b"553 early"
    assert b"rcpthosts" in answers[4]
    assert answers[5] == b"553 late"


def test_a_data_check_leaves_the_transaction_alone(program: str) -> None:
    answers = talk(program, BEGIN + b"DATA no\r\nDATA\r\n\r\nx\r\n.\r\nQUIT\r\n")
    assert answers[3:5] == [b"554 no data", b"354 go ahead"]
    assert answers[5].startswith(b"250 ok ")


def queued(host: Mailhost) -> list[bytes]:
    return [(QUEUE / path).read_bytes() for path in host.queue_files()
            if path.startswith("mess/")]


def test_a_message_that_its_check_refuses_is_read_and_dropped(
        program: str, host: Mailhost) -> None:
    answers = talk(program, BEGIN + b"DATA\r\n" + b"x" * 998 + b"\r\nNOOP\r\n.\r\n"
                   + b"NOOP\r\n" + BEGIN + b"DATA\r\n\r\nsmall\r\n.\r\n")
    assert answers[4:6] == [b"554 too much for me", b"250 ok"]
    assert answers[-1].startswith(b"250 ok ")
    assert [b"small" in text for text in queued(host)] == [True]


def test_a_field_stands_before_the_received_field(program: str, host: Mailhost) -> None:
    talk(program, BEGIN + b"DATA\r\n\r\nx\r\n.\r\n")
    lines = queued(host)[0].splitlines()
    assert lines[0].startswith(b"Received: (qmail ")
    assert lines[1] == b"X-Extra: yes"
    assert lines[2].startswith(b"Received: from ")


def test_a_fragment_that_goes_takes_its_rows_along(tree: Path) -> None:
    rows = Path(f"{tree}.build/smtp-keywords.h")
    assert "extra_keyword_last" in rows.read_text()
    (tree / "smtp/extra.rows").rename(tree / "smtp/extra.kept")
    assert make(tree, str(rows)).returncode == 0
    assert "extra" not in rows.read_text()
    (tree / "smtp/extra.kept").rename(tree / "smtp/extra.rows")


@pytest.mark.parametrize("row", [
    "nonsense 100 extra_commands", "commands x extra_commands", "commands 100",
    "commands 100 a b", "commands 100 do-it"])
def test_a_row_that_is_none_stops_the_build(row: str, tree: Path) -> None:
    wrong = tree / "smtp/wrong.rows"
    wrong.write_text(row + "\n")
    made = make(tree, f"{tree}.build/smtp-commands.h")
    wrong.unlink()
    assert made.returncode != 0
    assert "smtp/wrong.rows:1: no row of a table" in made.stderr
