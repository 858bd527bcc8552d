# SPDX-License-Identifier: 0BSD
"""qmail-send when it is to run more deliveries than a spawner's first byte allows."""
from __future__ import annotations

import os
from typing import Callable, Iterator

import pytest

from mailhost import QUEUE, Mailhost
from spawning import REQUEST, TOO_BIG, Sender, read_until

Start = Callable[..., Sender]


@pytest.fixture
def start(host: Mailhost) -> Iterator[Start]:
    senders = []

    def begin(answer: bytes | None = None, hello: bytes = b"xx") -> Sender:
        senders.append(Sender(answer, hello))
        return senders[-1]

    yield begin
    for one in senders:
        one.close()


def queue(host: Mailhost, recipients: int) -> None:
    assert host.submit([f"{number}@far.test" for number in range(recipients)]) == 0


def test_forty_thousand_deliveries_have_numbers_of_two_bytes_the_lowest_free_first(
        host: Mailhost, start: Start) -> None:
    host.control(concurrencyremote="60000")
    queue(host, 40010)
    sender = start(b"\xffW40000 because\0")
    assert sender.request == REQUEST % 60000
    assert sender.numbers(40000, 2) == list(range(40000))
    sender.wait_said("warning: concurrencyremote is 60000 but at most 40000 deliveries can "
                     "run: because\n")
    sender.wait_said("status: local 0/10 remote 40000/40000\n")

    def over(number: int) -> bytes:
        return number.to_bytes(2, "big") + b"Kdone\0"

    os.write(sender.reports, over(35000))
    assert sender.numbers(1, 2) == [35000]
    os.write(sender.reports, over(32768) + over(39999) + over(0) + over(256))
    assert sender.numbers(4, 2) == [0, 256, 32768, 39999]
    # the delivery that had 32768 first was the 32769th, and only that one ended
    sender.wait_said(": success: done\n", 5)
    assert "delivery 32769: success: done\n" in sender.said()
    assert "delivery 35001: success: done\n" in sender.said()
    # five are left; reports of what does not run change nothing
    os.write(sender.reports, over(40000) + over(65535))
    sender.wait_said("delivery report out of range", 2)
    assert sender.said().count(": success: done\n") == 5


def test_a_report_can_begin_with_NULs(host: Mailhost, start: Start) -> None:
    host.control(concurrencyremote="300")
    queue(host, 2)
    sender = start(b"\xffW300\0")
    assert sender.numbers(2, 2) == [0, 1]
    os.write(sender.reports, b"\0")
    os.write(sender.reports, b"\0Kfirst\0\0")
    os.write(sender.reports, b"\1\0")  # no letter
    sender.wait_said("delivery 1: success: first\n")
    sender.wait_said("delivery 2: report mangled, will defer\n")


@pytest.mark.parametrize("text", [
    TOO_BIG, b"DInternal error: messid has nonnumerics. (#5.3.5)\n", b"Z", b"D"],
    ids=["number", "path", "Z", "D"])
def test_an_older_spawner_goes_on_with_120_and_one_byte(
        host: Mailhost, start: Start, text: bytes) -> None:
    host.control(concurrencyremote="1000")
    queue(host, 130)
    sender = start(b"\xff" + text + b"\0")
    assert sender.numbers(120, 1) == list(range(120))
    sender.wait_said("warning: concurrencyremote is 1000 but at most 120 deliveries can "
                     "run: the_spawner_is_an_older_one\n")
    sender.wait_said("status: local 0/10 remote 120/120\n")
    os.write(sender.reports, b"\x46Kdone\0")
    assert sender.numbers(1, 1) == [0x46]


@pytest.mark.parametrize("control, hello", [
    ({}, b"xx"), ({"concurrencyremote": "120"}, b"xx"), ({"concurrencyremote": "1"}, b"xx"),
    ({"concurrencyremote": "121"}, b"xw"), ({"concurrencyremote": "1000"}, b"x\xff"),
    ({"concurrencyremote": "1000"}, b"x\x03")],
    ids=["default", "120", "1", "119", "255", "3"])
def test_without_need_nothing_is_asked(host: Mailhost, start: Start,
                                       control: dict[str, str], hello: bytes) -> None:
    host.control(**control)
    queue(host, 1)
    sender = start(hello=hello)
    first = read_until(sender.commands, lambda data: data.count(b"\0") >= 4)
    (message,) = (QUEUE / "mess").glob("*/*")
    path = str(message.relative_to(QUEUE / "mess")).encode()
    assert first == b"\0" + path + b"\0s@far.test\x000@far.test\0"
    sender.wait_said("starting delivery 1")
    assert "warning" not in sender.said()


@pytest.mark.parametrize("answer", [
    b"\xffW\0", b"\xffW0\0", b"\xffW65001\0", b"\xffW99999999999999999999\0",
    b"\xffW-1\0", b"\xffW120x\0", b"\xffK\0", b"\xff\0", b"\xffw1000\0", b"\0W1000\0",
    b"\xfeW1000\0", b"\xffW1000" + b" " * 300 + b"\0"],
    ids=lambda answer: repr(answer[:12]))
def test_an_answer_that_makes_no_sense_stops_it(host: Mailhost, start: Start,
                                                answer: bytes) -> None:
    host.control(concurrencyremote="1000")
    queue(host, 1)
    sender = start(answer)
    assert sender.exit_code() == 111
    assert sender.said() == "alert: cannot start: hath the daemon spawn no fire?\n"
    assert len(list((QUEUE / "todo").iterdir())) == 1, "the message waits"


def test_a_spawner_that_goes_away_instead_of_answering_stops_it(
        host: Mailhost, start: Start) -> None:
    host.control(concurrencyremote="1000")
    sender = start()
    sender.read_request()
    os.write(sender.reports, b"\xffW10")
    sender.hang_up()
    assert sender.exit_code() == 111
    assert sender.said() == "alert: cannot start: hath the daemon spawn no fire?\n"


def test_words_of_a_spawner_are_made_safe_for_the_log(host: Mailhost, start: Start) -> None:
    host.control(concurrencyremote="1000")
    sender = start(b"\xffW300 a\nstatus: b\x1b\xff%\0")
    sender.wait_said("status: local")
    assert sender.said().splitlines()[0] == (
        "warning: concurrencyremote is 1000 but at most 300 deliveries can run: "
        "a/status:_b___")


def test_more_than_was_asked_for_is_not_used(host: Mailhost, start: Start) -> None:
    host.control(concurrencyremote="200")
    queue(host, 201)
    sender = start(b"\xffW5000\0")
    assert sender.numbers(200, 2) == list(range(200))
    sender.wait_said("status: local 0/10 remote 200/200\n")
    assert "warning" not in sender.said()
