# SPDX-License-Identifier: 0BSD
"""qmail-rspawn and qmail-lspawn when they are asked for more than 120 deliveries."""
from __future__ import annotations

import pathlib
import resource
from typing import Iterator

import pytest

from mailhost import Mailhost, wait_for
from spawning import REQUEST, TOO_BIG, Gate, Spawner

FINE = r"printf 'r\0Kfine\n\0'" + "\n"
HELD = ": </tmp/gate\n" + FINE


@pytest.fixture
def gate() -> Iterator[Gate]:
    one = Gate()
    yield one
    one.close()


def test_after_the_request_numbers_have_two_bytes(host: Mailhost) -> None:
    spawner = Spawner(host, FINE)
    assert spawner.agree(1000) == b"W1000"
    for number in 0, 1, 119, 120, 254, 255, 256, 511, 512, 999:
        spawner.order(number)
        assert spawner.reports(1) == [(number, b"Kfine\n")]
    assert spawner.end() == 0


@pytest.mark.parametrize("number", [1000, 1023, 32767, 32768, 40000, 65280, 65535])
def test_a_number_out_of_range_is_refused_under_its_own_number(
        host: Mailhost, number: int) -> None:
    spawner = Spawner(host, FINE)
    assert spawner.agree(1000) == b"W1000"
    spawner.order(number)
    assert spawner.reports(1) == [(number, TOO_BIG)]
    spawner.order(999)
    assert spawner.reports(1) == [(999, b"Kfine\n")]
    assert spawner.end() == 0


def test_six_hundred_run_and_each_is_reported_once(host: Mailhost, gate: Gate) -> None:
    spawner = Spawner(host, HELD)
    assert spawner.agree(600) == b"W600"
    for number in range(600):
        spawner.order(number)
    wait_for(lambda: spawner.children() == 600, 120, "600 deliveries")
    spawner.order(300)
    assert spawner.reports(1) == [(300, b"ZInternal error: delnum in use. (#4.3.5)\n")]
    gate.open()
    found = spawner.reports(600)
    assert sorted(found) == [(number, b"Kfine\n") for number in range(600)]
    assert spawner.descriptors() < 20
    spawner.order(599)
    assert spawner.reports(1) == [(599, b"Kfine\n")]
    assert spawner.end() == 0


def test_at_the_end_it_waits_for_them_all(host: Mailhost, gate: Gate) -> None:
    spawner = Spawner(host, HELD)
    assert spawner.agree(200) == b"W200"
    for number in range(200):
        spawner.order(number)
    wait_for(lambda: spawner.children() == 200, 120, "200 deliveries")
    assert spawner.child.stdin
    spawner.child.stdin.close()
    gate.open()
    assert len(spawner.reports(200)) == 200
    assert spawner.end() == 0


def soft_limit(pid: int) -> int:
    text = pathlib.Path(f"/proc/{pid}/limits").read_text()
    return next(int(line.split()[3]) for line in text.splitlines()
                if line.startswith("Max open files"))


def test_its_soft_limit_rises_and_a_delivery_has_the_old_one(host: Mailhost) -> None:
    spawner = Spawner(host, r"""printf 'r\0K'; ulimit -Sn; ulimit -Hn; printf '\0'""",
                      limits={resource.RLIMIT_NOFILE: (256, 3000)})
    assert soft_limit(spawner.child.pid) == 256
    assert spawner.agree(1000) == b"W1000"
    assert soft_limit(spawner.child.pid) == 1032
    spawner.order(0)
    assert spawner.reports(1) == [(0, b"K256\n3000\n")]
    assert spawner.end() == 0


def test_a_delivery_inherits_nothing_of_the_others(host: Mailhost, gate: Gate) -> None:
    spawner = Spawner(host, f"[ $3 = r@far.test ] || : </tmp/gate\n"
                      r"set -- /proc/$$/fd/*; printf 'r\0K%s\0' $#")
    assert spawner.agree(200) == b"W200"
    spawner.order(0)
    alone = spawner.reports(1)
    for number in range(1, 100):
        spawner.order(number, b"held@far.test")
    wait_for(lambda: spawner.children() == 99, 120, "99 deliveries")
    spawner.order(0)
    assert spawner.reports(1) == alone
    gate.open()
    spawner.reports(99)
    assert spawner.end() == 0


def test_the_hard_limit_on_files_sets_what_is_announced_and_that_much_runs(
        host: Mailhost, gate: Gate) -> None:
    spawner = Spawner(host, HELD, limits={resource.RLIMIT_NOFILE: (200, 300)})
    assert spawner.agree(1000) == b"W268 the hard limit on open files"
    for number in range(268):
        spawner.order(number)
    wait_for(lambda: spawner.children() == 268, 120, "268 deliveries")
    gate.open()
    assert sorted(spawner.reports(268)) == [(number, b"Kfine\n") for number in range(268)]
    assert spawner.end() == 0


def test_the_limit_on_processes_sets_what_is_announced(host: Mailhost, gate: Gate) -> None:
    spawner = Spawner(host, HELD, limits={resource.RLIMIT_NPROC: (208, 400)})
    assert spawner.agree(1000) == b"W200 the limit on processes"
    for number in range(200):
        spawner.order(number)
    wait_for(lambda: spawner.children() == 200, 120, "200 deliveries")
    gate.open()
    assert sorted(spawner.reports(200)) == [(number, b"Kfine\n") for number in range(200)]
    assert spawner.end() == 0


@pytest.mark.parametrize("which", [resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC],
                         ids=["files", "processes"])
def test_what_cannot_be_started_waits_and_120_stay_promised(
        host: Mailhost, gate: Gate, which: int) -> None:
    spawner = Spawner(host, HELD, limits={which: (60, 60)})
    assert spawner.agree(1000).startswith(b"W120 the ")
    for number in range(120):
        spawner.order(number)
    short = spawner.reports(120 - settled(spawner))
    assert 60 <= len(short) < 90
    assert {text for _, text in short} <= {
        b"Zqmail-spawn unable to create pipe/fork. (#4.3.0)\n",
        b"Zqmail-spawn unable to open message. (#4.3.0)\n"}
    gate.open()
    rest = spawner.reports(120 - len(short))
    assert {text for _, text in rest} == {b"Kfine\n"}
    assert sorted(number for number, _ in short + rest) == list(range(120))
    assert spawner.end() == 0


def settled(spawner: Spawner) -> int:
    """How many deliveries it has started, once it has seen all commands."""
    seen: list[int] = []

    def steady() -> bool:
        seen.append(spawner.children())
        return len(seen) > 40 and seen[-1] > 0 and len(set(seen[-40:])) == 1

    wait_for(steady, 120, "no further delivery")
    return seen[-1]


@pytest.mark.parametrize("command", [
    b"\xffwide\0\0\0", b"\xffwide\0abc\0\0", b"\xffwide\x00120\0\0", b"\xffwide\x000\0\0",
    b"\xffwide\x001000\0r@far.test\0", b"\xffwide\x0099999999999\0\0",
    b"\xffwide\x001000 \0\0", b"\xffwide\0-1000\0\0", b"\xffwides\x001000\0\0",
    b"\xff\x001000\0\0"])
def test_what_is_not_quite_a_request_is_a_command(host: Mailhost, command: bytes) -> None:
    spawner = Spawner(host, FINE)
    spawner.say(command)
    assert spawner.reports(1) == [(255, TOO_BIG)]
    spawner.order(119)
    assert spawner.reports(1) == [(119, b"Kfine\n")]
    # too late now
    assert spawner.agree(1000) == TOO_BIG
    spawner.order(120)
    assert spawner.reports(1) == [(120, TOO_BIG)]
    assert spawner.end() == 0


def test_a_request_is_the_first_command_or_none(host: Mailhost) -> None:
    spawner = Spawner(host, FINE)
    spawner.order(5)
    assert spawner.reports(1) == [(5, b"Kfine\n")]
    assert spawner.agree(1000) == TOO_BIG
    spawner.order(6)
    assert spawner.reports(1) == [(6, b"Kfine\n")]
    assert spawner.end() == 0


def test_a_second_request_is_a_command_with_a_wide_number(host: Mailhost) -> None:
    spawner = Spawner(host, FINE)
    assert spawner.agree(200) == b"W200"
    spawner.say(b"\0" + REQUEST % 500)
    assert spawner.reports(1) == [(255, TOO_BIG)]
    assert spawner.end() == 0


def test_request_and_commands_in_one_piece(host: Mailhost) -> None:
    spawner = Spawner(host, FINE)
    orders = b"".join(number.to_bytes(2, "big") + spawner.path + b"\0s@x\0r@far.test\0"
                      for number in (0, 256))
    spawner.say(REQUEST % 300 + orders)
    assert spawner.take(6) == b"\xffW300\0"
    spawner.width = 2
    assert sorted(spawner.reports(2)) == [(0, b"Kfine\n"), (256, b"Kfine\n")]
    assert spawner.end() == 0


def test_qmail_lspawn_agrees_as_well(host: Mailhost) -> None:
    host.home_file(".qmail-ext", "|echo $EXT\n")
    spawner = Spawner(host, FINE, program="qmail-lspawn")
    assert spawner.agree(500) == b"W500"
    spawner.order(400, b"vecjoe-ext@local.test")
    assert spawner.reports(1) == [(400, b"Kext\ndid 0+0+1\n")]
    assert spawner.end() == 0
