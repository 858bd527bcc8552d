# SPDX-License-Identifier: 0BSD
"""Programs that get arguments and input, and end: smtpd, inject, qmtp, many tools."""
from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from typing import Any

from . import place
from .cases import Case

# The name that qmail-inject makes for VERP and for its own message ids.
_INJECT = [(r"-\d{10}\.\d+(-?@|\b)", r"-<TIME>.<PID>\1")]
_QP = [(r"qp \d+", "qp <PID>")]


def _program(case: Case) -> bytes:
    name = case["program"]
    if name in ("mailq", "newaliases"):
        os.symlink(place.BIN + "/sendmail", f"{place.TMP}/{name}")
        return f"{place.TMP}/{name}".encode()
    return f"{place.BIN}/{name}".encode()


def play(case: Case, *, many: bool = True, rules: Any = (), path: str = "/usr/bin:/bin",
         seekable: bool = False) -> Case:
    """Plays a case; many: the queue is a list of messages, not one or none."""
    place.fresh()
    place.controls(case.get("control"))
    env = dict(case["env"])
    if "FQ_OUT" in env:
        place.keeper()
    place.lay(case.get("fs", {}))
    if seekable:
        env["PATH"] = path
    argv = [_program(case)] + place.arguments(case["argv"])
    how = place.become(case["user"]) if case.get("user", "root") != "root" else {}
    full = place.environment(env, path)
    if seekable:
        place.write(place.TMP + "/stdin", case["stdin"])
        with open(place.TMP + "/stdin", "rb") as stdin:
            code, out, err = place.run(argv, stdin, full, **how)
    else:
        code, out, err = place.run(argv, place.fill(case["stdin"]), full, **how)
    answer: Case = {"exit": code, "stdout": place.mask(out, rules),
                    "stderr": place.mask(err, rules)}
    if "FQ_OUT" in env:
        messages = place.kept(rules)
        if many:
            answer["queue"] = messages
        else:
            answer["queue"] = messages[0] if messages else None
    return answer


def smtpd(case: Case) -> Case:
    return held_open(case) if "seconds" in case else play(case)


def held_open(case: Case) -> Case:
    """The client goes silent after its bytes and keeps the connection."""
    place.fresh()
    place.controls(case["control"])
    place.keeper()
    began = time.monotonic()
    with subprocess.Popen([place.BIN + "/qmail-smtpd"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE,
                          env=place.environment(case["env"])) as child:
        assert child.stdin and child.stdout
        child.stdin.write(place.fill(case["stdin"]))
        child.stdin.flush()
        out = child.stdout.read()
        code = child.wait()
    return {"exit": code, "stdout": place.mask(out), "queue": place.kept(),
            "seconds": about(case["seconds"], time.monotonic() - began)}


def about(expected: int, took: float) -> float:
    """The expected time if it took that long, or a little more on a busy machine."""
    return expected if expected - 0.6 <= took <= expected + 2.5 else took


def inject(case: Case) -> Case:
    if case["program"] == "mailq":
        place.empty_queue()
    return play(case, many=False, rules=_INJECT)


def qmtp(case: Case) -> Case:
    return qmqpc(case) if case["program"] == "qmail-qmqpc" else play(case)


class QmqpServer:
    """Takes one message and answers with fixed bytes, or hangs up."""

    def __init__(self, address: str, reply: str | None) -> None:
        self.reply = reply
        self.got: str | None = None
        self.socket = socket.create_server((address, 628), backlog=1)
        self.socket.settimeout(20)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        try:
            peer, _ = self.socket.accept()
            with peer:
                peer.settimeout(10)
                data = b""
                while not self.complete(data):
                    more = peer.recv(65536)
                    if not more:
                        break
                    data += more
                self.got = data.decode("latin-1")
                if self.reply is not None:
                    peer.sendall(self.reply.encode("latin-1"))
        except OSError:
            pass

    @staticmethod
    def complete(data: bytes) -> bool:
        digits, colon, rest = data.partition(b":")
        return bool(colon) and len(rest) >= int(digits) + 1

    def stop(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(3)
        self.socket.close()


def qmqpc(case: Case) -> Case:
    place.fresh()
    place.controls(case["control"])
    servers = {item["ip"]: QmqpServer(item["ip"], item["reply"]) for item in case["servers"]}
    place.write(place.TMP + "/fd0", case["fd0"])
    place.write(place.TMP + "/fd1", case["fd1"])
    with open(place.TMP + "/fd0", "rb") as message, open(place.TMP + "/fd1", "rb") as envelope:
        child = subprocess.Popen([place.BIN + "/qmail-qmqpc"], stdin=message,
                                 stdout=envelope, stderr=subprocess.PIPE, env={})
        _, err = child.communicate(timeout=60)
    for server in servers.values():
        server.stop()
    answer: Case = {"exit": child.returncode, "stderr": place.mask(err)}
    answer["received"] = {ip: server.got for ip, server in servers.items()
                          if server.got is not None}
    answer["servers"] = case["servers"]
    return answer


def tool(case: Case) -> Case:
    """A delivery tool: its standard input is a file."""
    return play(case, rules=_QP, path="<PREFIX>/bin:/usr/bin:/bin", seekable=True)
