# SPDX-License-Identifier: 0BSD
"""Inside a world: the load programs, and what is looked at while they work."""
from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import socket
import struct
import subprocess
import threading
import time
from typing import Iterable, Sequence

from . import place

TICK = os.sysconf("SC_CLK_TCK")
now = time.monotonic


class Tool:
    """A load program at work; its words are a JSON object."""

    working: set[int] = set()  # they do not count as the server's

    def __init__(self, name: str, *arguments: object) -> None:
        self.child = subprocess.Popen(
            [str(place.TOOLS / name), *(str(word) for word in arguments)], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")
        Tool.working.add(self.child.pid)

    def result(self, seconds: float = 900) -> dict[str, float]:
        told, wrong = self.child.communicate(timeout=seconds)
        Tool.working.discard(self.child.pid)
        if not told.strip():
            raise RuntimeError(f"{self.child.args}: {wrong.strip()[-300:]}")
        result: dict[str, float] = json.loads(told)
        if wrong.strip():
            print(wrong.strip()[-300:], flush=True)
        return result


def source(clients: int, messages: int, size: int, each: int, recipient: str,
           seconds: float = 300, *file: object, sender: str = "s@load.test") -> Tool:
    return Tool("source", place.PORT, clients, messages, size, each, sender, recipient,
                seconds, *file)


def sink(messages: int, seconds: float, *how: str) -> Tool:
    tool = Tool("sink", place.SINK_PORT, messages, seconds, *how)
    end = now() + 20
    while not listening(place.SINK_PORT):
        if now() > end:
            raise RuntimeError("the sink does not listen")
        time.sleep(0.02)
    return tool


def connections(port: int, *states: str) -> int:
    """How many sockets of this port are in one of these states; 01: established, 08: the
    other side sends no more, 0A: listening. A table that changes while it is read may
    have a socket twice: peers are counted, not lines."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        next(table)
        return len({words[2] for words in map(str.split, table)
                    if words[1].endswith(f":{port:04X}") and words[3] in states})


def listening(port: int) -> bool:
    return connections(port, "0A") > 0


def processes() -> list[int]:
    """The server's: whatever runs in this world but this process and its tools."""
    mine = Tool.working | {os.getpid()}
    return [int(name) for name in os.listdir("/proc")
            if name.isdigit() and int(name) not in mine]


def cpu() -> float:
    """Seconds of processor of the server's processes, those that ended and were waited
    for among them. How much of it was the kernel's is told by ticks: too coarse."""
    ticks = 0
    for pid in processes():
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                words = file.read().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(map(int, words[11:15]))
    return ticks / TICK


def tools_cpu() -> float:
    """The same of the tools that have ended, and of what they ran."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory(pids: Iterable[int]) -> tuple[float, dict[str, int]]:
    """PSS of these processes in KB, and how many run which program. Shells and the
    logger count as well: the server needs them."""
    total, running = 0.0, {}
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                size = sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
            name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        total += size
        running[name] = running.get(name, 0) + 1
    return total, running


def servers_memory() -> tuple[float, dict[str, int]]:
    """The same of all that the server is; the world's own first process is left out."""
    return memory(pid for pid in processes() if pid != 1)


def percentile(values: Sequence[float], share: float) -> float | None:
    """In milliseconds."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3, 2)


class Arrivals(threading.Thread):
    """Notes when files appear in the Maildir: all, or messages with a tag."""

    CREATED, MOVED = 0x100, 0x80

    def __init__(self, tag: str = "") -> None:
        super().__init__(daemon=True)
        self.tag = tag
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK)
        where = os.fsencode(place.MAILDIR / "new")
        if self.fd < 0 or libc.inotify_add_watch(self.fd, where,
                                                 self.CREATED | self.MOVED) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self.seen: list[tuple[float, str]] = []
        self.done = False
        self.start()

    def run(self) -> None:
        while not self.done:
            if not select.select([self.fd], [], [], 0.05)[0]:
                continue
            data, at, offset = os.read(self.fd, 1 << 20), now(), 0
            while offset < len(data):
                length = struct.unpack_from("iIII", data, offset)[3]
                name = data[offset + 16:offset + 16 + length].rstrip(b"\0").decode()
                offset += 16 + length
                if not self.tag or mark(name)[1:] == [self.tag]:
                    self.seen.append((at, name))

    def wait(self, count: int, seconds: float, quiet: float = 1e9) -> float:
        """Until so many are there, or nothing comes for a while; when the last one came."""
        end = now() + seconds
        while len(self.seen) < count and now() < end:
            if self.seen and now() - self.seen[-1][0] > quiet:
                break
            time.sleep(0.005)
        return self.seen[-1][0] if self.seen else now()

    def close(self) -> list[float]:
        """How many seconds each message took since what its X-T says."""
        self.done = True
        self.join()
        os.close(self.fd)
        return sorted(filter(None, (late(at, name) for at, name in self.seen)))


def mark(name: str) -> list[str]:
    """The words of a message's X-T: when it was begun, and perhaps a tag."""
    with open(place.MAILDIR / "new" / name, "rb") as file:
        head = file.read(3000)
    begin = head.find(b"X-T: ")
    return head[begin + 5:begin + 60].split(b"\n")[0].decode().split() if begin >= 0 else []


def late(at: float, name: str) -> float | None:
    words = mark(name)
    return at - float(words[0]) if words else None


BODY = (b"x" * 78 + b"\r\n") * 50


def send(recipient: str, tag: str | None = "probe") -> float:
    """One message, one connection; the seconds until it was acknowledged."""
    begun = now()
    with socket.create_connection(("127.0.0.1", place.PORT), 60) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = peer.makefile("rb")

        def answer() -> bytes:
            while True:
                line = file.readline()
                if line[3:4] != b"-":
                    return line
        answer()
        head = f"X-T: {begun:.6f} {tag}\r\n".encode() if tag else b""
        for words in (b"EHLO load.test", b"MAIL FROM:<s@load.test>",
                      b"RCPT TO:<" + recipient.encode() + b">", b"DATA",
                      head + b"Subject: probe\r\n\r\n" + BODY + b"."):
            peer.sendall(words + b"\r\n")
            said = answer()
            if not said or said[:1] > b"3":
                raise RuntimeError(f"refused: {said!r}")
        took = now() - begun
        peer.sendall(b"QUIT\r\n")
    return took


def offer(recipient: str, messages: int, rate: float, tag: str | None = "probe"
          ) -> tuple[list[float], list[str]]:
    """Messages at a fixed rate, however long each takes; seconds until each was
    acknowledged, and what went wrong."""
    took: list[float] = []
    wrong: list[str] = []

    def one() -> None:
        try:
            took.append(send(recipient, tag))
        except (OSError, RuntimeError) as error:
            wrong.append(str(error))
    threads, begun = [], now()
    for number in range(messages):
        time.sleep(max(0.0, begun + number / rate - now()))
        threads.append(threading.Thread(target=one, daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(90)
    return took, wrong


def settle() -> None:
    os.sync()
    time.sleep(0.2)
