# SPDX-License-Identifier: 0BSD
"""Whatever is killed, and whenever: accepted mail is delivered, and whole."""
from __future__ import annotations

import collections
import os
import re
import signal
import smtplib
import threading
import time

import pytest

from mailhost import DOMAIN, Mailhost, program_of, processes, wait_for
from peers import Sink

MESSAGES = 200
VICTIMS = ("qmail-send", "qmail-lspawn", "qmail-rspawn", "qmail-clean", "qmail-local",
           "qmail-queue", "qmail-getpw", "everything")


def text_of(number: int) -> bytes:
    """A message that can be checked: its number decides every line."""
    lines = b"".join(b"%d line %d of this very message\n" % (number, line)
                     for line in range(100 + number % 7))
    return b"Subject: number %d\n\n" % number + lines


class Load(threading.Thread):
    """Puts messages in, and remembers those that were accepted."""

    def __init__(self, host: Mailhost, domain: str = DOMAIN) -> None:
        super().__init__()
        self.host = host
        self.domain = domain
        self.accepted: list[int] = []

    def put(self, number: int) -> bool:
        return self.host.submit([f"vecjoe-n{number}@{self.domain}"], text_of(number)) == 0

    def run(self) -> None:
        for number in range(MESSAGES):
            if self.put(number):
                self.accepted.append(number)


class LoadBySmtp(Load):
    """The same through the SMTP server; accepted is what got its 250."""

    def put(self, number: int) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", 25, "load.test", timeout=30) as server:
                server.sendmail("s@far.test", f"vecjoe-n{number}@{self.domain}",
                                text_of(number).replace(b"\n", b"\r\n"))
            return True
        except (OSError, smtplib.SMTPException):
            time.sleep(0.02)
            return False


def kill(name: str) -> bool:
    """Kills one process of that program, or all there are; whether there was one."""
    found = False
    for pid in processes():
        try:
            if name not in ("everything", program_of(pid)):
                continue
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            continue
        found = True
        if name != "everything":
            break
    return found


@pytest.mark.parametrize("victim", VICTIMS)
def test_accepted_mail_survives_kill_9(victim: str, host: Mailhost) -> None:
    host.start()
    load = Load(host)
    load.start()
    wait_for(lambda: len(load.accepted) >= 40 or not load.is_alive(), what="some messages")
    wait_for(lambda: kill(victim), what=f"a {victim} to kill")
    time.sleep(0.3)
    if victim in ("qmail-local", "qmail-queue", "qmail-getpw"):
        load.join()
    else:
        # A supervisor would start it anew, once the rest is gone.
        wait_for(lambda: host.sender is not None and host.sender.poll() is not None, 60,
                 f"qmail-send to end after {victim} died")
        wait_for(lambda: not any(program_of(pid) in ("qmail-lspawn", "qmail-rspawn")
                                 for pid in processes() if os.path.exists(f"/proc/{pid}/exe")),
                 60, "the spawners to end")
        host.start()
        load.join()
    assert len(load.accepted) >= MESSAGES - 2
    wait_for(lambda: b"\nend msg" in host.log.read_bytes()[-2000:], what="work to go on")
    time.sleep(1)
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)  # what was deferred is due now
    wait_for(lambda: len(delivered(host)) >= len(load.accepted), 120,
             f"{len(load.accepted)} messages; there are {len(delivered(host))};"
             f" log:\n{host.said()[-1500:]}")
    counts = delivered(host)
    missing = [number for number in load.accepted if number not in counts]
    assert not missing
    for copy in host.mail():
        number = int(re.search(rb"Subject: number (\d+)\n", copy)[1])  # type: ignore[index]
        assert copy.endswith(text_of(number)), f"message {number} is damaged"
    # Deliveries may be repeated only for what was under way.
    assert sum(counts.values()) <= len(load.accepted) + 60


@pytest.mark.parametrize("victim", ("qmail-smtpd", "tcpserver"))
def test_what_smtp_accepted_survives_kill_9(victim: str, host: Mailhost) -> None:
    host.start()
    host.serve_smtp()
    load = LoadBySmtp(host)
    load.start()
    wait_for(lambda: len(load.accepted) >= 40, what="some messages")
    wait_for(lambda: kill(victim), what=f"a {victim} to kill")
    if victim == "tcpserver":
        wait_for(lambda: host.smtp is not None and host.smtp.poll() is not None,
                 what="tcpserver to end")
        host.serve_smtp()
    load.join()
    assert len(load.accepted) >= 80
    wait_for(lambda: set(delivered(host)) >= set(load.accepted), 120,
             f"{len(load.accepted)} messages; log:\n{host.said()[-1500:]}")
    for copy in host.mail():
        number = int(re.search(rb"Subject: number (\d+)\n", copy)[1])  # type: ignore[index]
        assert copy.endswith(text_of(number)), f"message {number} is damaged"


def test_mail_for_elsewhere_survives_kill_9_of_qmail_remote(
        names: None, sink: Sink, host: Mailhost) -> None:
    host.start()
    load = Load(host, "remote.test")
    load.start()
    wait_for(lambda: kill("qmail-remote"), what="a qmail-remote to kill")
    load.join()
    assert len(load.accepted) == MESSAGES

    def arrived() -> set[int]:
        found = (re.search(rb"Subject: number (\d+)\r?\n", copy) for copy in sink.messages())
        return {int(match[1]) for match in found if match}

    def all_there() -> bool:
        assert host.sender
        host.sender.send_signal(signal.SIGALRM)  # what was deferred is due now
        time.sleep(0.5)
        return arrived() >= set(load.accepted)

    wait_for(all_there, 120, f"log:\n{host.said()[-1500:]}")


def delivered(host: Mailhost) -> "collections.Counter[int]":
    counts: "collections.Counter[int]" = collections.Counter()
    for copy in host.mail():
        found = re.search(rb"Subject: number (\d+)\n", copy)
        if found:
            counts[int(found[1])] += 1
    return counts


def test_a_clean_stop_and_start_repeats_nothing(host: Mailhost) -> None:
    host.start()
    load = Load(host)
    load.start()
    wait_for(lambda: len(load.accepted) >= 60)
    assert host.stop() == 0
    assert "status: exiting" in host.said()
    host.start()
    load.join()
    host.wait_done()
    assert sorted(delivered(host).elements()) == load.accepted
