# SPDX-License-Identifier: 0BSD
"""Clients that send a byte now and then do not keep a process."""
import pathlib
import time

import pytest

from mailhost import DOMAIN, Mailhost
from limits_talk import Session, require_limits

BEGIN = f"MAIL FROM:<s@far.test>\r\nRCPT TO:<vecjoe@{DOMAIN}>\r\nDATA\r\n".encode()
LOG = b" from 192.0.2.7: time is over, by maxcmdtime or maxsessiontime\n"


@pytest.fixture(autouse=True)
def limits_are_known() -> None:
    require_limits()


def test_a_command_that_drips_ends_the_session(host: Mailhost) -> None:
    host.control(maxcmdtime="1")
    session = Session()
    session.wait(b"220 ")
    session.drip(b"x", 0.1)
    got, log = session.close()
    assert got.endswith(b"\r\n451 timeout (#4.4.2)\r\n")
    assert log.startswith(b"qmail-smtpd: pid ") and log.endswith(LOG)
    assert session.process.returncode == 1


def test_a_silent_client_is_one_that_takes_too_long_for_its_command(host: Mailhost) -> None:
    host.control(maxcmdtime="1")
    session = Session()
    assert session.wait(b"451 timeout (#4.4.2)\r\n").startswith(b"220 ")
    assert session.close()[1].endswith(LOG)


def test_the_time_of_a_command_begins_anew_with_each_and_is_not_that_of_a_message(
        host: Mailhost) -> None:
    host.control(maxcmdtime="5")
    session = Session()
    end = time.monotonic() + 7
    count = 0
    while time.monotonic() < end:
        assert session.send(b"NOOP\r\n")
        count += 1
        session.wait(b"\r\n250 ok" * count)
        time.sleep(0.3)
    session.send(BEGIN)
    session.wait(b"354 ")
    end = time.monotonic() + 7
    while time.monotonic() < end:
        assert session.send(b"x\r\n")
        time.sleep(0.3)
    session.send(b".\r\nQUIT\r\n")
    session.wait(b"221 ")
    got, log = session.close()
    assert b"250 ok " in got and log == b""
    assert session.process.returncode == 0


def test_a_session_ends_although_its_client_is_busy(host: Mailhost) -> None:
    host.control(maxsessiontime="2")
    session = Session()
    session.wait(b"220 ")
    session.drip(b"NOOP\r\n", 0.02)
    got, log = session.close()
    assert got.endswith(b"451 timeout (#4.4.2)\r\n") and b"250 ok" in got
    assert log.endswith(LOG)


def test_a_message_that_drips_ends_with_the_session_and_is_not_queued(
        host: Mailhost) -> None:
    host.control(maxsessiontime="2")
    session = Session()
    session.send(BEGIN)
    session.wait(b"354 ")
    session.drip(b"Subject: x\r\n\r\nx\r\n", 0.05)
    got, log = session.close()
    assert got.endswith(b"451 timeout (#4.4.2)\r\n")
    assert log.endswith(LOG)
    assert host.queue_files() == []


def test_a_client_that_reads_nothing_does_not_keep_the_process(host: Mailhost) -> None:
    host.control(maxsessiontime="2")
    session = Session()
    session.mine.setblocking(False)
    end = time.monotonic() + 60
    while not session.over():
        assert time.monotonic() < end, "the server still waits"
        try:
            session.mine.send(b"HELP\r\n" * 1000)
        except BlockingIOError:
            time.sleep(0.05)
        except OSError:
            break
    session.mine.close()
    assert session.process.wait(timeout=60) == 1


def test_the_time_to_log_in_is_not_that_of_the_session_behind_it(
        host: Mailhost, tmp_path: pathlib.Path) -> None:
    host.control(maxsessiontime="1")
    checker = tmp_path / "checker"
    checker.write_text("#!/bin/sh\nsleep 4\necho +OK at last\n")
    checker.chmod(0o755)
    session = Session("qmail-popup", DOMAIN, str(checker))
    session.wait(b"+OK ")
    session.send(b"USER x\r\nPASS y\r\n")
    session.wait(b"+OK at last")
    assert session.close()[1] == b""


def test_a_pop_client_has_so_long_to_log_in(host: Mailhost) -> None:
    for control in {"maxcmdtime": "1"}, {"maxsessiontime": "2"}:
        host.control(maxcmdtime=None, maxsessiontime=None)
        host.control(**control)
        session = Session("qmail-popup", DOMAIN, "false")
        session.wait(b"+OK ")
        session.drip(b"USER x\r\n", 0.4)
        _, log = session.close()
        assert log.startswith(b"qmail-popup: pid ") and log.endswith(LOG)
