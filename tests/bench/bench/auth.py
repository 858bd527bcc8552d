# SPDX-License-Identifier: 0BSD
"""Inside a world: what it costs to check SPF and DKIM of a message, and to sign one."""
from __future__ import annotations

import pathlib
import subprocess
import sys
import time
from typing import Callable

from . import place, tools
from .scenarios import AWAY, LOCAL, Numbers, milliseconds
from .servers import Server, finish
from .tools import now

sys.path.append("/mnt/repo/tests/lib")
import dkimsigner  # noqa: E402  pylint: disable=C0413

# Some resolvers know by themselves that there is nothing in test.
DOMAIN, SELECTOR = "load.example", "bench"
SHOWS = {"dkim": [b"dkim=pass"], "spf+dkim": [b"dkim=pass", b"spf=pass"]}


class Names:
    """A name server with a key and an SPF record; it does not count as the server's."""

    def __init__(self, record: str) -> None:
        key = ",".join(f'"{record[at:at + 200]}"' for at in range(0, len(record), 200))
        config = place.DISK / "names.conf"
        place.write(config, "\n".join([
            "no-resolv", "no-hosts", "bind-interfaces", "listen-address=127.0.0.1", "pid-file=",
            "user=root", "local=/#/", "cache-size=0",
            f'txt-record={DOMAIN},"v=spf1 ip4:192.0.2.0/24 ip4:127.0.0.1 -all"',
            f"txt-record={SELECTOR}._domainkey.{DOMAIN},{key}"]) + "\n")
        self.child = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", f"--conf-file={config}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        tools.Tool.working.add(self.child.pid)
        time.sleep(0.5)
        if self.child.poll() is not None:
            raise RuntimeError("dnsmasq does not start")

    def stop(self) -> None:
        finish(self.child)
        tools.Tool.working.discard(self.child.pid)


def letter(size: int) -> bytes:
    lines = b"x" * 70 + b"\n"
    return (f"From: Load <s@{DOMAIN}>\nTo: <{LOCAL}>\nSubject: load\n"
            "Date: Tue, 24 Nov 2026 10:00:00 +0000\n"
            f"Message-ID: <1@{DOMAIN}>\n\n").encode() + lines * (size // len(lines))


def into_maildir(n: int, c: int, limit: int, message: pathlib.Path, shown: list[bytes]
                 ) -> "tuple[bool, float, float]":
    """Whether all came and show what was asked for; seconds, and CPU seconds."""
    place.clean_maildir()
    tools.settle()
    before, arrivals, begun = tools.cpu(), tools.Arrivals(), now()
    load = tools.source(c, n, 0, 1, LOCAL, limit, message, sender=f"s@{DOMAIN}")
    took = arrivals.wait(n, limit) - begun
    told = load.result()
    time.sleep(0.3)
    used = tools.cpu() - before
    arrivals.close()
    texts = [path.read_bytes().partition(b"\n\n")[0]
             for path in (place.MAILDIR / "new").iterdir()]
    good = [text for text in texts if all(words in text for words in shown)]
    if len(good) < len(texts):
        print(next(text for text in texts if text not in good).decode(errors="replace"))
    return told["acked"] == len(good) == n, took, used


def to_sink(n: int, c: int, limit: int, message: pathlib.Path, signatures: int
            ) -> "tuple[bool, float, float]":
    sink = tools.sink(n, limit)
    tools.settle()
    before, begun = tools.cpu(), now()
    load = tools.source(c, n, 0, 1, AWAY, limit, message, sender=f"s@{DOMAIN}")
    told, got = load.result(), sink.result()
    used = tools.cpu() - before
    fine = told["acked"] == got["got"] == n and got["signatures"] == signatures
    return fine, got["last"] - begun, used


def auth(server: Server, what: str = "dkim", c: int = 10, n: int = 600, size: int = 4096,
         limit: int = 120) -> Numbers:
    """N messages without, then the same with what is to be measured."""
    pair = dkimsigner.make_key(place.DISK, "dkim.pem", 2048)
    names = Names(pair.record())
    message = place.DISK / "message"
    text = letter(size)
    if what != "sign":
        text = dkimsigner.sign(text, pair, d=DOMAIN, s=SELECTOR,
                               h="from:to:subject:date:message-id")
    message.write_bytes(text.replace(b"\n", b"\r\n"))
    runs = []
    for on in (False, True):
        server.authenticate(what if on else "")
        server.start("full")
        if what == "sign":
            runs.append(to_sink(n, c, limit, message, n if on else 0))
        else:
            runs.append(into_maildir(n, c, limit, message, SHOWS[what] if on else []))
        server.stop()
    names.stop()
    plain, full = (milliseconds(used, n) for _, _, used in runs)
    return {"ok": all(fine for fine, _, _ in runs), "n": n, "plain_ms": plain,
            "cpu_ms": full, "added_ms": round(full - plain, 3),
            "plain_rate": round(n / runs[0][1], 1), "rate": round(n / runs[1][1], 1)}


ALL: dict[str, Callable[..., Numbers]] = {"auth": auth}
