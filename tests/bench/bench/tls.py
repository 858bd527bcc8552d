# SPDX-License-Identifier: 0BSD
"""Inside a world: TLS sessions. The certificate is the same for all servers."""
from __future__ import annotations

import pathlib
import subprocess
import time
from typing import Callable

from . import place, tools
from .servers import Server

KEYS = {"rsa": ["-newkey", "rsa:2048"],
        "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}


def certificate(kind: str) -> tuple[pathlib.Path, pathlib.Path]:
    """A certificate and its key."""
    cert, key = place.DISK / "cert.pem", place.DISK / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", *KEYS[kind], "-keyout", key, "-out", cert,
         "-days", "30", "-subj", "/CN=mx.bench.test"], check=True, timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


def tls(server: Server, kind: str = "ecdsa", version: str = "1.3", resume: int = 0,
        c: int = 8, seconds: int = 5) -> dict[str, object]:
    """C clients in a row of SMTP sessions with STARTTLS, which carry no mail."""
    server.secure(*certificate(kind))
    server.start("hold")
    tools.Tool("handshakes", place.PORT, c, 1, version, resume).result()
    tools.settle()
    before = tools.cpu()
    load = tools.Tool("handshakes", place.PORT, c, seconds, version, resume)
    told = load.result()
    time.sleep(0.5)
    used = tools.cpu() - before
    server.stop()
    ended = told["ended"]
    fine = not told["bad"] and ended > 0 and (
        not resume or told["resumed"] >= ended - c)
    return {"ok": fine, "n": ended, "rate": round(ended / told["secs"], 1),
            "resumed": told["resumed"], "bad": told["bad"],
            "cpu_ms": round(used / ended * 1e3, 3) if ended else None}


ALL: dict[str, Callable[..., dict[str, object]]] = {"tls": tls}
