# SPDX-License-Identifier: 0BSD
"""A name server on 127.0.0.1:53 that answers as a case's zone says."""
from __future__ import annotations

import socket
import struct
import threading
from typing import Any

A, CNAME, PTR, MX, ANY = 1, 5, 12, 15, 255
NAMES = {A: "A", CNAME: "CNAME", PTR: "PTR", MX: "MX", ANY: "ANY"}
_LINKS = 12  # of a chain of CNAMEs

Record = tuple[str, int, Any]


def _wire(name: str) -> bytes:
    labels = [label.encode("latin-1") for label in name.strip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _data(kind: int, value: Any) -> bytes:
    if kind == A:
        return socket.inet_aton(value)
    if kind == MX:
        return struct.pack(">H", value[0]) + _wire(value[1])
    return _wire(value)


class NameServer:
    """zone: name -> [(type, value)...], or "SERVFAIL", or "DROP"; else NXDOMAIN."""

    def __init__(self) -> None:
        self.zone: dict[str, Any] = {}
        self.everything: list[tuple[int, Any]] | None = None
        self.asked: list[list[Any]] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def serve(self, zone: dict[str, Any]) -> None:
        self.zone, self.asked = zone, []

    def _serve(self) -> None:
        while True:
            try:
                query, peer = self.socket.recvfrom(2000)
            except OSError:
                return
            if not query:
                return
            reply = self._reply(query)
            if reply:
                self.socket.sendto(reply, peer)

    def close(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
        except OSError:
            pass
        self.thread.join()
        self.socket.close()

    def _reply(self, query: bytes) -> bytes | None:
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        name = ".".join(labels).lower()
        (kind,) = struct.unpack_from(">H", query, at + 1)
        question = query[12:at + 5]
        self.asked.append([name, NAMES.get(kind, kind)])
        known = self.zone.get(name, self.everything)
        if known == "DROP":
            return None
        if known == "SERVFAIL":
            return query[:2] + b"\x81\x82\0\1\0\0\0\0\0\0" + question
        if known is None:
            return query[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + question
        answers = self._answers(name, kind)
        body = b""
        for owner, what, value in answers:
            data = _data(what, value)
            body += _wire(owner) + struct.pack(">HHIH", what, 1, 300, len(data)) + data
        count = struct.pack(">H", len(answers))
        return query[:2] + b"\x81\x80\0\1" + count + b"\0\0\0\0" + question + body

    def _records(self, name: str) -> list[tuple[int, Any]]:
        known = self.zone.get(name, self.everything)
        return [(kind, value) for kind, value in known] if isinstance(known, list) else []

    def _answers(self, name: str, kind: int) -> list[Record]:
        found: list[Record] = []
        for _ in range(_LINKS):
            link = [value for what, value in self._records(name) if what == CNAME]
            if not link:
                break
            found.append((name, CNAME, link[0]))
            if kind == CNAME:
                return found
            name = link[0]
        found += [(name, what, value) for what, value in self._records(name)
                  if kind != CNAME and kind in (what, ANY)]
        return found
