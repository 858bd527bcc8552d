# SPDX-License-Identifier: 0BSD
"""A queue changes hands: what another qmail left is finished, what ours is killed over
another can finish."""
from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import time
from typing import Iterator

import pytest

import queueformat
from mailhost import BIN, DOMAIN, QUEUE, USER, Mailhost, processes, program_of, wait_for
from queueformat import new_mess, new_todo, place, put, records

HOUR = 3600
TEXT = b"Subject: old\n\nfrom another qmail\n"
OWNER = f"vecjoe-owner@{DOMAIN}"


def to(name: str) -> str:
    return f"vecjoe-{name}@{DOMAIN}"


@pytest.fixture
def host(host: Mailhost) -> Mailhost:
    """Also: vecjoe-wait defers, vecjoe-bad fails, and mail for elsewhere is refused."""
    host.home_file(".qmail-wait", "|exit 111\n")
    host.home_file(".qmail-bad", "|echo never; exit 100\n")
    host.control(smtproutes=":127.0.0.1:9", doublebounceto="vecjoe-postmaster",
                 doublebouncehost=DOMAIN)
    return host


def delivered_to(host: Mailhost) -> list[str]:
    """Whom each message in the Maildir was delivered to."""
    found = []
    for text in host.mail():
        hit = re.search(rb"^Delivered-To: (.*)$", text, re.MULTILINE)
        found.append(hit[1].decode() if hit else "")
    return sorted(found)


def quiet(host: Mailhost) -> None:
    """Until qmail-send has nothing under way and nothing to do."""
    def idle() -> bool:
        before = host.said()
        time.sleep(0.5)
        return (host.said() == before and "status: local 0/10 remote 0/20" in
                before[before.rindex("status: "):])
    wait_for(idle, 60, "qmail-send to be idle")


# What another qmail left

def test_accepted_messages_are_delivered(host: Mailhost) -> None:
    for name, intd in (("a", True), ("b", False)):
        new_todo(new_mess(TEXT), "s@far.test", to(name), intd=intd)
    host.start()
    host.wait_done()
    assert delivered_to(host) == [to("a"), to("b")]
    assert all(text.endswith(TEXT) for text in host.mail())


@pytest.mark.parametrize("intd", [True, False])
def test_what_unfinished_preprocessing_left_does_not_count(intd: bool, host: Mailhost) -> None:
    number = new_mess(TEXT)
    new_todo(number, "s@far.test", to("a"), to("b"), intd=intd)
    put("info", number, b"Fwrong@far")
    put("local", number, records("T", to("wrong"), to("a")) + b"Tvecjoe-b@lo")
    put("remote", number, b"")
    host.start()
    host.wait_done()
    assert delivered_to(host) == [to("a"), to("b")]
    assert all(text.startswith(b"Return-Path: <s@far.test>") for text in host.mail())


def test_recipients_that_are_done_are_left_alone(host: Mailhost) -> None:
    number = new_mess(TEXT)
    put("info", number, b"Fs@far.test\0", time.time() - HOUR)
    put("local", number, records("DTDT", to("a"), to("b"), to("c"), to("d")),
        time.time() - 60)
    put("remote", number, records("D", "u@remote.test", "v@remote.test"), time.time() - 60)
    host.start()
    host.wait_done()
    assert delivered_to(host) == [to("b"), to("d")]
    assert "to remote" not in host.said()


def test_the_time_of_a_file_is_the_time_of_the_next_attempt(host: Mailhost) -> None:
    number = new_mess(TEXT)
    put("info", number, b"Fs@far.test\0", time.time() - HOUR)
    put("local", number, records("T", to("a")), time.time() + HOUR)
    put("remote", number, records("T", "u@remote.test"), time.time() + 4)
    host.start()
    quiet(host)
    assert "starting delivery" not in host.said()
    wait_for(lambda: "delivery 1: deferral" in host.said(), 20, host.said())
    assert f"starting delivery 1: msg {number} to remote u@remote.test" in host.said()
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)
    host.wait_mail()
    quiet(host)
    assert delivered_to(host) == [to("a")]
    assert not place("local", number).exists() and place("remote", number).exists()


def test_a_message_that_is_too_old_gets_one_more_attempt(host: Mailhost) -> None:
    for name in ("wait", "a"):
        number = new_mess(TEXT)
        put("info", number, b"F%s\0" % OWNER.encode(), time.time() - 8 * 24 * HOUR)
        put("local", number, records("T", to(name)), time.time() - HOUR)
    host.start()
    host.wait_done()
    assert delivered_to(host) == [to("a"), OWNER]
    assert any(b"this message has been in the queue too long." in text for text in host.mail())


@pytest.mark.parametrize("left", [records("D", to("a")), None])
def test_a_bounce_that_was_gathered_is_sent(left: bytes | None, host: Mailhost) -> None:
    number = new_mess(TEXT)
    put("info", number, b"F%s\0" % OWNER.encode())
    put("bounce", number, b"<x@remote.test>:\nno such user\n\n")
    if left:
        put("local", number, left, time.time() - 60)
    host.start()
    host.wait_done()
    assert delivered_to(host) == [OWNER]
    assert b"\n\n<x@remote.test>:\nno such user\n\n--- Below" in host.mail()[0]
    assert host.mail()[0].endswith(TEXT)


def test_more_failures_are_added_to_a_bounce(host: Mailhost) -> None:
    number = new_mess(TEXT)
    put("info", number, b"F%s\0" % OWNER.encode())
    put("bounce", number, b"<x@remote.test>:\nno such user\n\n")
    put("local", number, records("DT", to("a"), to("bad")), time.time() - 60)
    host.start()
    host.wait_done()
    (notice,) = host.mail()
    assert (b"<x@remote.test>:\nno such user\n\n<%s>:\nnever\n\n---" % to("bad").encode()
            in notice)


@pytest.mark.parametrize("sender, notices", [("", [to("postmaster")]), ("#@[]", []),
                                             (f"vecjoe-list-@{DOMAIN}-@[]",
                                              [to("list-")])])
def test_special_senders_bounce_as_they_should(sender: str, notices: list[str],
                                               host: Mailhost) -> None:
    number = new_mess(TEXT)
    put("info", number, b"F%s\0" % sender.encode())
    put("bounce", number, b"<x@remote.test>:\nno such user\n\n")
    host.start()
    host.wait_done()
    assert delivered_to(host) == notices
    assert ("triple bounce: discarding" in host.said()) == (sender == "#@[]")


def test_only_old_debris_is_swept(host: Mailhost) -> None:
    old, young = time.time() - 37 * HOUR, time.time() - 35 * HOUR
    kept, swept = [], []
    for when, numbers in ((old, swept), (young, kept)):
        numbers.append(new_mess(b"", when))
        numbers.append(new_mess(TEXT, when))
        put("intd", numbers[-1], b"u1000\0p77\0Fs@", when)
    waiting = new_mess(TEXT, old)
    put("info", waiting, b"Fs@far.test\0", time.time())
    put("remote", waiting, records("T", "u@remote.test"), time.time() + HOUR)
    for name, when in (("1.2.1", old), ("1.3.1", young)):
        (QUEUE / "pid" / name).touch()
        os.utime(QUEUE / "pid" / name, (when, when))
    host.start()
    wait_for(lambda: not any(place("mess", number).exists() for number in swept), what="sweep")
    quiet(host)
    assert not place("intd", swept[1]).exists() and place("intd", kept[1]).exists()
    assert all(place("mess", number).exists() for number in [*kept, waiting])
    assert [path.name for path in (QUEUE / "pid").iterdir()] == ["1.3.1"]


def test_files_that_belong_to_no_message_do_no_harm(host: Mailhost) -> None:
    taken = new_mess(TEXT)  # as qmail-queue is still writing it
    put("intd", taken, b"u1000\0p77\0Fs@far")
    wrong = str((taken + 1) % queueformat.SPLIT)
    for name in (f"info/{wrong}/{taken}", f"info/{wrong}/core", f"todo/0{taken}",
                 f"info/{taken % queueformat.SPLIT}/0{taken}",
                 "local/5/5", "remote/5/5", "bounce/5"):
        (QUEUE / name).write_bytes(b"Fs@far.test\0")
    new_todo(new_mess(TEXT), "s@far.test", USER)
    before = set(host.queue_files())
    host.start()
    host.wait_mail()
    quiet(host)
    assert len(host.mail()) == 1 and "end msg" in host.said()
    assert len(before - set(host.queue_files())) == 3  # mess, intd, todo of the last one


# What ours leaves when it is killed

def kill_and_read(host: Mailhost) -> list[queueformat.Message]:
    host.kill_all()
    return queueformat.read()


@pytest.mark.parametrize("sent, state", [((b"Subject: x\n", b""), "mess"),
                                         ((TEXT, b"Fs@far.test\0T"), "intd mess")])
def test_killed_while_a_message_is_taken(sent: tuple[bytes, bytes], state: str,
                                         host: Mailhost) -> None:
    reader, writer = os.pipe()
    with subprocess.Popen([BIN / "qmail-queue"], stdin=subprocess.PIPE, stdout=reader,
                          env={}) as taker:
        assert taker.stdin
        taker.stdin.write(sent[0])
        taker.stdin.flush()
        if sent[1]:
            taker.stdin.close()
            os.write(writer, sent[1])
        wait_for(lambda: [path.split("/")[0] for path in sorted(host.queue_files())]
                 == state.split())
        (left,) = kill_and_read(host)
    os.close(reader)
    os.close(writer)
    assert left.state() == state
    assert b"u1000\0p77\0".startswith(left.parts.get("intd", b""))


def test_accepted(host: Mailhost) -> None:
    assert host.submit([USER, "u@remote.test"]) == 0
    (left,) = kill_and_read(host)
    assert left.state() == "intd mess todo"
    assert left.parts["todo"].endswith(b"\0Fs@far.test\0T%s\0Tu@remote.test\0" % USER.encode())


def pause(name: str) -> None:
    for pid in processes():
        if program_of(pid) == name:
            os.kill(pid, signal.SIGSTOP)


def test_killed_while_it_is_preprocessed(host: Mailhost) -> None:
    host.start()
    pause("qmail-clean")
    assert host.submit([to("a"), "u@remote.test"]) == 0
    wait_for(lambda: any(path.startswith("remote/") for path in host.queue_files()))
    (left,) = kill_and_read(host)
    assert left.state() == "info intd local mess remote todo"
    host.start()
    host.wait_mail()
    assert delivered_to(host) == [to("a")]


def test_killed_with_some_recipients_done(host: Mailhost) -> None:
    host.start()
    started = time.time()
    host.submit([to("a"), to("wait"), to("bad"), "u@remote.test"], sender=OWNER)
    wait_for(lambda: host.said().count("status: local 0/10 remote 0/20") > 1)
    (left,) = kill_and_read(host)
    assert left.state() == "bounce info local mess remote"
    assert left.parts["info"] == b"F%s\0" % OWNER.encode()
    assert left.recipients("local") == [("D", to("a")), ("T", to("wait")), ("D", to("bad"))]
    assert left.recipients("remote") == [("T", "u@remote.test")]
    assert left.parts["bounce"] == b"<%s>:\nnever\n\n" % to("bad").encode()
    assert abs(left.times["info"] - started) < 20
    host.home_file(".qmail-wait", "./Maildir/\n")
    host.start()
    wait_for(lambda: not place("local", left.number).exists())
    assert delivered_to(host) == [to("a"), to("wait")]


def test_a_clean_stop_leaves_the_times_of_the_next_attempts(host: Mailhost) -> None:
    host.start()
    host.submit([to("wait"), "u@remote.test"])
    wait_for(lambda: host.said().count("deferral: ") == 2)
    assert host.stop() == 0
    (left,) = kill_and_read(host)
    birth = int(left.times["info"])
    for part, step in (("local", 10), ("remote", 20)):
        ages = [(math.isqrt(age) + step) ** 2 for age in range(20)]
        assert left.times[part] - birth in ages


@pytest.fixture
def queue_program() -> Iterator[None]:
    """qmail-queue is put back after the test."""
    yield
    if (BIN / "away").exists():
        (BIN / "away").rename(BIN / "qmail-queue")


def test_killed_before_the_bounce_is_sent(queue_program: None, host: Mailhost) -> None:
    host.submit([to("bad")], sender=OWNER)
    (BIN / "qmail-queue").rename(BIN / "away")
    host.start()
    wait_for(lambda: "trouble injecting bounce message" in host.said())
    (BIN / "away").rename(BIN / "qmail-queue")
    (left,) = kill_and_read(host)
    assert left.state() == "bounce info mess"
    host.start()
    host.wait_done()
    assert delivered_to(host) == [OWNER]


def test_killed_while_a_message_that_is_over_is_removed(host: Mailhost) -> None:
    host.start()
    host.submit([to("wait")])
    wait_for(lambda: "deferral: " in host.said())
    pause("qmail-clean")
    host.home_file(".qmail-wait", "./Maildir/\n")
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)
    wait_for(lambda: "end msg" in host.said())
    wait_for(lambda: len(host.queue_files()) == 1)
    (left,) = kill_and_read(host)
    assert left.state() == "mess"
    assert delivered_to(host) == [to("wait")]
