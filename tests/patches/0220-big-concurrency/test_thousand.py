# SPDX-License-Identifier: 0BSD
"""A thousand deliveries at once, through everything from the queue to the wire."""
from __future__ import annotations

import os
import re
import resource
import time
from typing import Iterator

import pytest

from mailhost import Mailhost, wait_for
from spawning import Gate, HoldingSink, cpu_seconds, resident, running, soft_files

MANY = 1000
MORE = 30


@pytest.fixture
def sink() -> Iterator[HoldingSink]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    server = HoldingSink()
    yield server
    server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def status(host: Mailhost) -> str:
    return re.findall(r"status: (local \S+ remote \S+)", host.said())[-1]


def test_a_thousand_remote_deliveries_are_held_open_at_once(
        host: Mailhost, sink: HoldingSink) -> None:
    host.control(concurrencyremote=str(MANY))
    names = [f"u{number}@[127.0.0.2]" for number in range(MANY + MORE)]
    assert host.submit(names, sender="s@[127.0.0.1]") == 0
    with soft_files(1024):
        host.start()
    assert f"status: local 0/10 remote 0/{MANY}\n" in host.said()
    # a child that has not become qmail-remote yet runs the spawner's program, too
    sender, spawner = running("qmail-send")[0], running("qmail-rspawn")[0]
    begun = time.monotonic()
    wait_for(lambda: sink.held == MANY, 240,
             f"{MANY} connections; log:\n{host.said()[-1500:]}")
    ramp = time.monotonic() - begun
    assert status(host) == f"local 0/10 remote {MANY}/{MANY}"
    # One descriptor a delivery in the spawner; none in qmail-send, so that what
    # select() can take is far away.
    assert MANY <= descriptors(spawner) < MANY + 20
    assert descriptors(sender) < 40
    used = cpu_seconds(sender), cpu_seconds(spawner)
    remotes = running("qmail-remote")
    print(f"{MANY} held after {ramp:.1f} s; processor: qmail-send {used[0]:.2f} s, "
          f"qmail-rspawn {used[1]:.2f} s; memory: qmail-send {resident(sender)} kB, "
          f"qmail-rspawn {resident(spawner)} kB, {len(remotes)} qmail-remote "
          f"{sum(map(resident, remotes))} kB")
    # Both sleep while nothing happens, and local mail is as fast as ever.
    host.submit()
    host.wait_mail()
    assert sink.held == MANY, "not one more than was asked for"
    sink.let_go()
    host.wait_done(240)
    assert sink.taken == MANY + MORE
    said = host.said()
    assert said.count(": success: 127.0.0.2_accepted_message.") == MANY + MORE
    assert "deferral" not in said and "failure" not in said
    wait_for(lambda: descriptors(spawner) < 20, what="the descriptors to be closed")
    print(f"after {MANY + MORE} deliveries: processor: qmail-send "
          f"{cpu_seconds(sender):.2f} s, qmail-rspawn {cpu_seconds(spawner):.2f} s")
    assert host.stop() == 0


def test_three_hundred_local_deliveries_run_at_once(host: Mailhost) -> None:
    host.control(concurrencylocal="300")
    gate = Gate()
    host.home_file(".qmail-default", f"|: <{gate.path}\n")
    host.submit([f"vecjoe-{number}@local.test" for number in range(320)])
    host.start()
    assert "status: local 0/300 remote 0/20\n" in host.said()
    wait_for(lambda: len(running("qmail-local")) == 300, 120,
             f"300 deliveries; log:\n{host.said()[-1500:]}")
    assert status(host) == "local 300/300 remote 0/20"
    gate.open()
    host.wait_done(120)
    gate.close()
    assert host.said().count(": success: did_0+0+1/") == 320


def test_up_to_120_the_limit_is_what_it_was(host: Mailhost) -> None:
    host.control(concurrencylocal="120", concurrencyremote="119")
    host.start()
    assert status(host) == "local 0/120 remote 0/119"
    assert "warning" not in host.said()


def allowed(*limits: tuple[int, int, str]) -> tuple[int, str]:
    """The tightest of the limits (which, descriptors or processes apart, its name), and
    65000."""
    most = [(65000, "no_spawner_runs_more")]
    for which, apart, name in limits:
        limit = resource.getrlimit(which)[1]
        if limit != resource.RLIM_INFINITY:
            most.append((limit - apart, name))
    return min(most)


def test_what_the_system_does_not_allow_is_told_in_the_log(host: Mailhost) -> None:
    host.control(concurrencylocal="70000", concurrencyremote="70000")
    files = (resource.RLIMIT_NOFILE, 32, "the_hard_limit_on_open_files")
    # for root, and so for qmail-lspawn, this one counts for nothing
    tasks = (resource.RLIMIT_NPROC, 8, "the_limit_on_processes")
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (hard, hard))
    host.start()
    resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))
    found = {"local": allowed(files), "remote": allowed(files, tasks)}
    for name, (most, reason) in found.items():
        assert (f"warning: concurrency{name} is 70000 but at most {most} deliveries can "
                f"run: {reason}\n") in host.said()
    assert status(host) == f"local 0/{found['local'][0]} remote 0/{found['remote'][0]}"
