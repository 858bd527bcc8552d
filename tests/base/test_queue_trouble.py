# SPDX-License-Identifier: 0BSD
"""qmail-send in trouble: mail is not sent without end, the processor is left alone, and
SIGTERM ends it."""
from __future__ import annotations

import os
import pwd
import signal
import time

import pytest

from mailhost import DOMAIN, QUEUE, USER, Mailhost, processes, program_of, wait_for
from queueformat import SPLIT, new_mess, place, put, records

MANY = 10000


def hurry(host: Mailhost) -> None:
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)


def warnings(host: Mailhost, about: str) -> int:
    """How many warnings and alerts hold this text; their wording is nobody's interface."""
    return len([line for line in host.said().splitlines()
                if line.startswith(("warning: ", "alert: ")) and about in line])


def seconds_used(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        numbers = file.read().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def sender_pid(host: Mailhost) -> int:
    assert host.sender and program_of(host.sender.pid) == "qmail-send"
    return host.sender.pid


def test_who_got_the_message_does_not_get_it_again_from_a_frozen_queue(host: Mailhost) -> None:
    number = new_mess(b"Subject: x\n\n")
    put("info", number, b"Fs@far.test\0")
    put("local", number, records("T", f"vecjoe-1@{DOMAIN}", f"vecjoe-2@{DOMAIN}"))
    path = place("local", number)
    owner = path.stat().st_uid
    for item, mode in ((path, 0o444), (path.parent, 0o555)):
        os.chown(item, 0, 0)
        item.chmod(mode)
    host.start()
    try:
        for count in range(1, 4):
            wait_for(lambda: warnings(host, "try again") >= count, what="an attempt")
            hurry(host)
        assert len(host.mail()) == 2
        assert warnings(host, "mark") == 2
    finally:
        os.chown(path.parent, owner, -1)
        path.parent.chmod(0o700)
    hurry(host)
    host.wait_done()
    assert len(host.mail()) == 2


def test_a_bounce_that_cannot_be_noted_waits(host: Mailhost) -> None:
    host.home_file(".qmail-bad", "|exit 100\n")
    (QUEUE / "bounce").chmod(0)
    try:
        host.start()
        host.submit([f"vecjoe-bad@{DOMAIN}"], sender=USER)
        wait_for(lambda: warnings(host, "bounce"))
        assert host.stop() == 0
    finally:
        (QUEUE / "bounce").chmod(0o700)
    host.start()
    hurry(host)
    (notice,) = host.wait_mail()
    assert b"<vecjoe-bad@" in notice
    host.wait_done()


def test_a_queue_that_cannot_be_read_does_not_keep_qmail_send(host: Mailhost) -> None:
    (QUEUE / "info/3").rename(QUEUE / "info/away")
    try:
        host.start()
        wait_for(lambda: warnings(host, "info/3"))
        assert host.stop() == 0
    finally:
        (QUEUE / "info/away").rename(QUEUE / "info/3")


def test_a_trigger_that_is_held_does_not_keep_qmail_send_busy(host: Mailhost) -> None:
    host.start()
    time.sleep(0.5)
    holder = os.open(QUEUE / "lock/trigger", os.O_WRONLY | os.O_NONBLOCK)
    try:
        os.write(holder, b"\0")
        time.sleep(0.5)
        before = seconds_used(sender_pid(host))
        time.sleep(2)
        assert seconds_used(sender_pid(host)) - before <= 0.02
        assert host.submit() == 0
        host.wait_mail()
    finally:
        os.close(holder)


@pytest.mark.skipif("SANITIZED" in os.environ, reason="measures memory and time")
def test_many_waiting_messages_cost_little(host: Mailhost) -> None:
    later = time.time() + 3600
    for _ in range(MANY):
        number = new_mess(b"Subject: x\n\n")
        put("info", number, b"Fs@far.test\0")
        put("remote", number, records("T", "u@remote.test"), later)
    host.start()
    time.sleep(3)
    pid = sender_pid(host)
    before = seconds_used(pid)
    with open(f"/proc/{pid}/status") as file:
        memory = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    time.sleep(2)
    assert seconds_used(pid) - before <= 0.02, "idle"
    assert before < 5 and memory < 8192, (before, memory)
    assert host.submit() == 0
    host.wait_mail(seconds=5)
    assert host.stop() == 0
    print(f"{MANY} messages: {before} s, {memory} kB")
    assert len(os.listdir(QUEUE / "info")) == SPLIT
    assert abs(place("remote", number).stat().st_mtime - later) < 1


def test_signals_in_a_storm_lose_nothing(host: Mailhost) -> None:
    host.start()
    host.home_file(".qmail-bad", "|exit 100\n")
    pid = sender_pid(host)
    for number in range(30):
        host.submit([f"vecjoe-{number}@{DOMAIN}", f"vecjoe-bad@{DOMAIN}"],
                    sender=f"vecjoe-owner@{DOMAIN}")
        for _ in range(20):
            os.kill(pid, signal.SIGHUP)
            os.kill(pid, signal.SIGALRM)
    host.wait_done()
    assert len(host.mail()) == 60


def test_a_second_qmail_send_leaves_the_first_alone(host: Mailhost) -> None:
    host.start()
    first = host.sender
    assert first
    alone = sorted(map(program_of, processes()))
    host.start()
    assert host.sender and host.sender.wait(timeout=20) == 111
    assert "alert: cannot start: qmail-send is already running" in host.said()
    wait_for(lambda: sorted(map(program_of, processes())) == alone)
    host.sender = first
    assert host.submit() == 0
    host.wait_mail()
    assert pwd.getpwuid(os.stat(f"/proc/{first.pid}").st_uid).pw_name == "qmails"
