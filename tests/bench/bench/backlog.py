# SPDX-License-Identifier: 0BSD
"""Inside a world: a big queue, and many deliveries at once."""
from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from typing import Callable

from . import place, tools
from .scenarios import AWAY, LOCAL, Numbers, milliseconds
from .servers import Server
from .tools import now, percentile

DEFERRED = f"user@{place.DEAD}"
PROBES = 60
_number = itertools.count(1)


def probe(count: int, rate: float, wait: float = 120) -> tuple[list[float], int]:
    """New local messages at a fixed rate: seconds until each was in its mailbox, and
    how many were acknowledged. Those that did not come at all count as WAIT."""
    tag = f"probe-{next(_number)}"  # an earlier round's may still be on their way
    arrivals = tools.Arrivals(tag)
    acks, _ = tools.offer(LOCAL, count, rate, tag)
    arrivals.wait(len(acks), wait)
    late = arrivals.close()
    return late + [wait] * (count - len(late)), len(acks)


def accept_rate(times: int = 5, messages: int = 600) -> float:
    """New messages a second over 20 connections at once, one each, while everything
    runs; they are for a local mailbox, and the next round begins when all are there.
    The middle one of some rounds."""
    rates = []
    for _ in range(times):
        arrivals = tools.Arrivals()
        told = tools.source(20, messages, 4096, 1, LOCAL).result()
        arrivals.wait(messages, 120)
        arrivals.close()
        rates.append(told["acked"] / told["secs"])
    return round(sorted(rates)[len(rates) // 2], 1)


def until_quiet(seconds: float) -> float:
    """Waits until the server has used less than a twentieth of a processor three times
    in a row: waiting for the disk alone is not rest; how long that took."""
    begun, calm = now(), 0
    while calm < 3 and now() - begun < seconds:
        before = tools.cpu()
        time.sleep(2)
        calm = calm + 1 if tools.cpu() - before < 0.1 else 0
    return round(now() - begun, 1)


class During(threading.Thread):
    """Probes at a low rate until told to stop."""

    def __init__(self, rate: float = 4) -> None:
        super().__init__(daemon=True)
        self.rate, self.sent, self.done = rate, 0, threading.Event()
        self.arrivals = tools.Arrivals("during")
        self.start()

    def run(self) -> None:
        while not self.done.wait(1 / self.rate):
            try:
                tools.send(LOCAL, "during")
                self.sent += 1
            except (OSError, RuntimeError):
                pass  # it was not acknowledged, and so is not waited for

    def close(self, wait: float = 120) -> list[float]:
        self.done.set()
        self.join()
        self.arrivals.wait(self.sent, wait)
        late = self.arrivals.close()
        return late + [wait] * (self.sent - len(late))


def backlog(server: Server, pre: int = 20000, size: int = 1024, quiet: int = 240,
            again: int = 1) -> Numbers:
    """PRE messages for a host that is down, all at once: what a new local message
    waits while they come, just after, and when they lie in the queue; what the queue
    costs in memory; with AGAIN, what the first messages wait after a restart."""
    server.start("full")
    tools.settle()
    probe(20, 20)
    empty, _ = probe(PROBES, 20)
    empty_rate = accept_rate()
    during = During()
    burst = tools.source(50, pre, size, 0, DEFERRED, 800).result()
    after, acked = probe(PROBES, 20)
    meanwhile = during.close()
    waited = until_quiet(quiet)
    full, _ = probe(PROBES, 20)
    full_rate = accept_rate()
    queued, (pss, running) = server.queued(), tools.servers_memory()
    numbers = {
        "ok": burst["acked"] == pre == queued and acked == PROBES, "pre": pre,
        "acked": burst["acked"], "queued": queued, "probes_during": len(meanwhile),
        "burst_rate": round(burst["acked"] / burst["secs"], 1), "quiet_s": waited,
        "empty_p50": percentile(empty, .5), "empty_p95": percentile(empty, .95),
        "during_p50": percentile(meanwhile, .5), "during_p95": percentile(meanwhile, .95),
        "after_p50": percentile(after, .5), "after_p95": percentile(after, .95),
        "full_p50": percentile(full, .5), "full_p95": percentile(full, .95),
        "empty_rate": empty_rate, "full_rate": full_rate,
        "full_share": round(full_rate / empty_rate * 100, 1),
        "pss_mb": round(pss / 1024, 2), "processes": running}
    server.stop()
    if again:
        numbers |= restarted(server)
    return numbers


def restarted(server: Server) -> Numbers:
    tools.settle()
    begun = now()
    server.start("full")
    up = now() - begun
    late, _ = probe(20, 10)
    server.stop()
    return {"restart_s": round(up, 2), "restart_p50": percentile(late, .5),
            "restart_max": percentile(late, 1)}


def descriptors() -> tuple[int, int]:
    """Open descriptors of the server's processes: all, and the most of one."""
    counts = [0]
    for pid in tools.processes():
        try:
            counts.append(len(os.listdir(f"/proc/{pid}/fd")))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return sum(counts), max(counts)


def wait_held(count: int, seconds: float) -> tuple[int, float]:
    """Until so many connections to the sink are open, or no more come for a while;
    how many, and how long that took."""
    begun = grew = now()
    most = 0
    while most < count and now() - begun < seconds and now() - grew < 30:
        here = tools.connections(place.SINK_PORT, "01", "08")
        if here > most:
            most, grew = here, now()
        time.sleep(0.1)
    return most, round(now() - begun, 1)


def hold(server: Server, n: int = 1000, still: int = 10, limit: int = 240) -> Numbers:
    """N messages for a host that takes them and does not say so: how many deliveries
    are open at once, and what they cost; then it says so, and all must be done."""
    sink = tools.sink(n, limit + 120, "hold")
    server.start("full")
    tools.settle()
    before, (idle, _) = tools.cpu(), tools.servers_memory()
    told = tools.source(20, n, 1024, 0, AWAY).result()
    held, took = wait_held(n, limit)
    time.sleep(2)
    reached, (pss, running) = tools.cpu(), tools.servers_memory()
    all_open, most_open = descriptors()
    time.sleep(still)
    later = tools.cpu()
    os.kill(sink.child.pid, signal.SIGUSR1)
    released, got = now(), sink.result()
    drained, end = now() - released, now() + 60
    while server.queued() and now() < end:
        time.sleep(0.1)
    left = server.queued()
    server.stop()
    return {"ok": told["acked"] == got["got"] == n and not left, "n": n,
            "acked": told["acked"], "delivered": got["got"], "left": left, "held": held,
            "most_held": got["most_held"], "fill_s": took, "drain_s": round(drained, 1),
            "fds": all_open, "fds_one": most_open, "idle_mb": round(idle / 1024, 2),
            "pss_mb": round(pss / 1024, 1), "processes": running,
            "per_delivery_kb": round((pss - idle) / max(held, 1), 1),
            "cpu_ms": milliseconds(reached - before, n),
            "still_percent": round((later - reached) / still * 100, 2)}


ALL: dict[str, Callable[..., Numbers]] = {"backlog": backlog, "hold": hold}
