# SPDX-License-Identifier: 0BSD
"""qmail-remote against scripted SMTP servers and a scripted name server."""
from __future__ import annotations

import pathlib
import re
import socket
import struct
import threading
import time
from typing import Any

from . import oneshot, place, tools
from .cases import Case
from .nameserver import NameServer

_dns: NameServer | None = None
_hole: list[socket.socket] = []
_HOLE = "127.0.0.8"
_END = b"\r\n.\r\n"


def _prepare() -> NameServer:
    """Once a world: the name server, and an address where nobody picks up: a
    listener whose queue is full."""
    global _dns
    if _dns is None:
        _dns = NameServer()
        listener = socket.socket()
        listener.bind((_HOLE, 25))
        listener.listen(0)
        _hole.append(listener)
        for _ in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex((_HOLE, 25))
            _hole.append(caller)
        time.sleep(0.1)
    return _dns


class Server:
    """Serves one connection by a list of replies: the greeting, then one a command
    and one a message. A text is sent; None hangs up; ["hang"], ["rst"] and
    ["partial", text] do what they say."""

    def __init__(self, script: Case) -> None:
        self.replies = list(script["replies"])
        self.got, self.connections = b"", 0
        self.ended = threading.Event()
        self.listener = socket.create_server((script["ip"], script["port"]), backlog=5)
        self.listener.settimeout(30)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            peer, _ = self.listener.accept()
        except OSError:
            return
        self.connections = 1
        with peer:
            peer.settimeout(30)
            try:
                self._talk(peer)
            except OSError:
                pass

    def _talk(self, peer: socket.socket) -> None:
        pending, in_message = b"", False
        for turn, reply in enumerate(self.replies):
            command = b""
            if turn:
                taken = self._take(peer, pending, in_message)
                if taken is None:
                    return
                command, pending = taken
            if not self._act(peer, reply):
                return
            in_message = (not in_message and command[:4].upper() == b"DATA" and
                          isinstance(reply, str) and reply[:1] in ("1", "2", "3"))
        while data := peer.recv(65536):
            self.got += data

    def _take(self, peer: socket.socket, pending: bytes,
              in_message: bool) -> tuple[bytes, bytes] | None:
        """The next command or message, and what came after it."""
        while True:
            if in_message and pending.startswith(_END[2:]):
                return pending[:3], pending[3:]
            end = pending.find(_END if in_message else b"\n")
            if end >= 0:
                end += len(_END) if in_message else 1
                return pending[:end], pending[end:]
            data = peer.recv(65536)
            if not data:
                return None
            self.got += data
            pending += data

    def _act(self, peer: socket.socket, reply: Any) -> bool:
        if isinstance(reply, str):
            peer.sendall(reply.encode("latin-1"))
            return True
        what = reply[0] if reply else "close"
        if what == "hang":
            self.ended.wait(30)
        elif what == "rst":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif what == "partial":
            peer.sendall(reply[1].encode("latin-1"))
        return False

    def stop(self) -> None:
        self.ended.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(5)
        self.listener.close()


def _initial(name: str) -> bytes:
    """The table of timeouts that a case starts with; its name says which."""
    found = re.fullmatch(r"dns-tcpto-(\d+)-(\d+)", name)
    if found:
        return tools.timeout_record(_HOLE, int(found[1]), int(found[2]))
    if name == "dns-tcpto-full":
        return b"".join(tools.timeout_record(f"10.9.{i}.{i}", 1 + i % 5, 1000 + 10 * i)
                        for i in range(64))
    if name == "dns-tcpto-second":
        return b"".join(tools.timeout_record(*record) for record in (
            ("1.1.1.1", 2, 500), ("2.2.2.2", 0, 500), ("3.3.3.3", 1, 500)))
    single = {"dns-tcpto-clears": ("127.0.0.2", 1, 50),
              "dns-tcpto-clears10": ("127.0.0.2", 10, 9000),
              "dns-tcpto-refused": ("127.0.0.9", 1, 500),
              "dns-tcpto-skip-live": ("127.0.0.2", 2, 50)}
    return tools.timeout_record(*single[name]) if name in single else b""


def _timeouts(case: Case) -> Case:
    """The table afterwards, ages as the case has them if they agree."""
    data = pathlib.Path(place.QUEUE + "/lock/tcpto").read_bytes()
    entries: list[Case] = []
    for at in range(0, len(data), 16):
        record = data[at:at + 16]
        if any(record):
            age = time.time() - struct.unpack_from("<I", record, 8)[0]
            shown: Any = "now" if abs(age) < 30 else int(age) // 10 * 10
            expected = case.get("tcpto_after", [])
            if len(expected) > len(entries):
                said = expected[len(entries)]["age"]
                if said != "now" and said <= age < said + 14:
                    shown = said
            entries.append({"ip": ".".join(map(str, record[:4])), "flag": record[4],
                            "pad": record[5:8].hex(), "age": shown,
                            "pad2": record[12:].hex()})
    return {"tcpto_after": entries, "tcpto_size": len(data)}


def remote(case: Case) -> Case:
    dns = _prepare()
    place.fresh()
    place.controls(case["control"])
    dns.serve(case.get("dns", {}))
    table = _initial(case["id"])
    tools.write_timeouts(table)
    servers = [Server(script) for script in case["servers"]]
    place.write(place.TMP + "/stdin", case["stdin"])
    began = time.monotonic()
    with open(place.TMP + "/stdin", "rb") as message:
        code, out, err = place.run([place.BIN.encode() + b"/qmail-remote"] +
                                   place.arguments(case["argv"]), message,
                                   place.environment({}))
    took = time.monotonic() - began
    for server in servers:
        server.stop()
    answer: Case = {"exit": code, "stdout": place.mask(out), "stderr": place.mask(err)}
    answer["servers"] = [
        {"ip": script["ip"], "port": script["port"], "replies": script["replies"],
         "connections": server.connections, "received": place.mask(server.got)}
        for script, server in zip(case["servers"], servers)]
    if "dns" in case:
        answer["dns_queries"] = dns.asked
    if "seconds" in case:
        answer["seconds"] = oneshot.about(case["seconds"], took)
    elif took > 5:
        answer["seconds"] = took
    after = _timeouts(case)
    if after["tcpto_after"] or table:
        answer |= after
    return answer
