# SPDX-License-Identifier: 0BSD
"""Inside a world: what is measured. Each scenario takes a server that does not run and
options, and returns numbers; "ok" says whether what was counted adds up."""
from __future__ import annotations

import socket
import time
from typing import Callable

from . import place, tools
from .servers import Server
from .tools import now, percentile

LOCAL = f"{place.USER}@{place.LOCAL}"
AWAY = f"user@{place.REMOTE}"
Numbers = dict[str, object]


def milliseconds(seconds: float, messages: int) -> float:
    """A message's share."""
    return round(seconds / messages * 1e3, 3)


def accept(server: Server, c: int = 10, n: int = 2000, size: int = 4096,
           lasting: int = 0, mode: str = "hold") -> Numbers:
    """C clients send N messages, a connection each or over lasting ones; nothing is
    delivered meanwhile."""
    server.start(mode)
    tools.settle()
    before = tools.cpu()
    told = tools.source(c, n, size, 0 if lasting else 1, LOCAL).result()
    time.sleep(0.3)
    cost = milliseconds(tools.cpu() - before, n)
    queued = server.queued() if mode == "hold" else None
    server.stop()
    return {"ok": told["acked"] == n and queued in (n, None), "n": n,
            "acked": told["acked"], "queued": queued, "secs": told["secs"],
            "rate": round(told["acked"] / told["secs"], 1), "ack50": told["ack_p50"],
            "ack99": told["ack_p99"], "cpu_ms": cost}


def local(server: Server, c: int = 20, n: int = 2000, size: int = 4096,
          limit: int = 240) -> Numbers:
    """N messages by SMTP into a Maildir, from the first connection to the last file."""
    server.start("full")
    tools.settle()
    before, arrivals, begun = tools.cpu(), tools.Arrivals(), now()
    load = tools.source(c, n, size, 1, LOCAL, limit)
    took = arrivals.wait(n, limit) - begun
    told = load.result()
    time.sleep(0.3)
    cost, late = milliseconds(tools.cpu() - before, n), arrivals.close()
    files = place.count_files(place.MAILDIR / "new")
    server.stop()
    return {"ok": told["acked"] == files == len(late) == n, "n": n, "acked": told["acked"],
            "delivered": files, "secs": round(took, 3), "rate": round(files / took, 1),
            "accept_rate": round(told["acked"] / told["secs"], 1),
            "p50": percentile(late, .5), "p99": percentile(late, .99), "cpu_ms": cost}


def relay(server: Server, c: int = 20, n: int = 2000, size: int = 4096,
          limit: int = 240) -> Numbers:
    """N messages by SMTP to another host's SMTP server."""
    sink = tools.sink(n, limit)
    server.start("full")
    tools.settle()
    before, begun = tools.cpu(), now()
    load = tools.source(c, n, size, 1, AWAY, limit)
    told, got = load.result(), sink.result()
    cost = milliseconds(tools.cpu() - before, n)
    server.stop()
    took = got["last"] - begun
    return {"ok": told["acked"] == got["got"] == n, "n": n, "acked": told["acked"],
            "delivered": got["got"], "secs": round(took, 3),
            "rate": round(got["got"] / took, 1), "connections": got["connections"],
            "most_open": got["most_open"],
            "accept_rate": round(told["acked"] / told["secs"], 1),
            "p50": got["late_p50"], "p99": got["late_p99"], "cpu_ms": cost}


def submit(server: Server, par: int = 1, n: int = 500, size: int = 4096) -> Numbers:
    """N messages by the sendmail command, PAR at once; nothing is delivered."""
    server.start("hold")
    tools.settle()
    file = place.DISK / "message"
    place.write(file, f"Subject: x\nFrom: s@load.test\nTo: {LOCAL}\n\n"
                + ("x" * 78 + "\n") * (size // 79))
    before, commands = tools.cpu(), tools.tools_cpu()
    told = tools.Tool("repeat", file, n, par, 240, *server.submission(LOCAL)).result()
    end = now() + 30
    while server.queued() != n and now() < end:  # some work on after the command's end
        time.sleep(0.05)
    cost = milliseconds(tools.cpu() - before + tools.tools_cpu() - commands, n)
    queued = server.queued()
    server.stop()
    return {"ok": told["ended"] == queued == n and not told["bad"], "n": n,
            "queued": queued, "secs": told["secs"], "rate": round(n / told["secs"], 1),
            "cpu_ms": cost}


def latency(server: Server, to: str = "local", n: int = 400, rate: int = 40) -> Numbers:
    """Messages at a fixed rate: what the machine does not notice, the user waits for."""
    sink = tools.sink(n + 20, 240) if to == "remote" else None
    server.start("full")
    tools.settle()
    recipient = LOCAL if to == "local" else AWAY
    tools.offer(recipient, 20, 20, tag=None)
    arrivals = tools.Arrivals("probe") if not sink else None
    time.sleep(0.5)
    acks, wrong = tools.offer(recipient, n, rate)
    if sink:
        got = sink.result()
        numbers = {"got": got["late_n"], "p50": got["late_p50"], "p99": got["late_p99"],
                   "max": got["late_max"]}
    else:
        arrivals.wait(n, 60)
        late = arrivals.close()
        numbers = {"got": len(late), "p50": percentile(late, .5),
                   "p99": percentile(late, .99), "max": percentile(late, 1)}
    server.stop()
    return {"ok": numbers["got"] == n == len(acks), "n": n, "acked": len(acks), **numbers,
            "ack50": percentile(acks, .5), "ack99": percentile(acks, .99),
            "wrong": wrong[:1]}


def memory(server: Server, conns: int = 100, n: int = 100) -> Numbers:
    """PSS idle, after some mail, and with many clients that say nothing."""
    server.start("full")
    time.sleep(1)
    idle, _ = tools.servers_memory()
    arrivals = tools.Arrivals()
    told = tools.source(5, n, 4096, 1, LOCAL).result()
    arrivals.wait(n, 60)
    arrivals.close()
    time.sleep(1)
    warm, _ = tools.servers_memory()
    clients = []
    for _ in range(conns):
        client = socket.create_connection(("127.0.0.1", place.PORT), 30)
        client.recv(512)
        client.sendall(b"EHLO load.test\r\n")
        client.recv(2048)
        clients.append(client)
    time.sleep(1)
    busy, running = tools.servers_memory()
    for client in clients:
        client.close()
    server.stop()
    return {"ok": told["acked"] == n, "conns": conns, "idle_mb": round(idle / 1024, 2),
            "warm_mb": round(warm / 1024, 2), "processes": running,
            "per_connection_kb": round((busy - warm) / conns, 1)}


ALL: dict[str, Callable[..., Numbers]] = {
    "accept": accept, "local": local, "relay": relay, "submit": submit,
    "latency": latency, "memory": memory}
