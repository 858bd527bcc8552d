# SPDX-License-Identifier: 0BSD
"""A name server by UDP and TCP for the zones of the SPF test suites: a name has a list of
records as {type: value}; the word TIMEOUT in it stands for silence about every type of
which the name has no record."""
from __future__ import annotations

import socket
import struct
import threading
from typing import Any, Iterator, Mapping, Sequence

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SPF": 99}
TRUNCATED = 0x02
SERVFAIL, NXDOMAIN = 2, 3
Zone = Mapping[str, Sequence[Any]]


def wire(name: str) -> bytes:
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def strings(value: Any) -> bytes:
    """The strings of a TXT record; what is too long for one becomes several."""
    pieces = []
    for one in [value] if isinstance(value, (str, bytes)) else value:
        text = one.encode() if isinstance(one, str) else one
        pieces += [text[at:at + 255] for at in range(0, len(text), 255)] or [b""]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def data(kind: str, value: Any) -> bytes:
    if kind == "A":
        return socket.inet_aton(value)
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == "MX":
        return struct.pack(">H", value[0]) + wire(value[1])
    return strings(value) if kind in ("TXT", "SPF") else wire(value)


def records(listed: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The suites' records: those of type SPF stand for TXT, too, unless there is one."""
    pairs = [pair for one in listed if isinstance(one, dict) for pair in one.items()]
    own = any(kind == "TXT" for kind, _ in pairs)
    for kind, value in pairs:
        if value != "NONE":
            yield kind, value
            if kind == "SPF" and not own:
                yield "TXT", value


class Zones:
    """As long as it is open, it answers from self.zone, which may be changed; what was
    asked for is in self.asked. Names in self.failing get SERVFAIL."""

    def __init__(self, zone: Zone, address: str = "127.0.0.1") -> None:
        self.change(zone)
        self.asked: list[tuple[str, int]] = []
        self.failing: set[str] = set()
        self.silent = False
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 53))
        self.tcp = socket.create_server((address, 53))
        self.over = threading.Event()
        self.threads = [threading.Thread(target=one, daemon=True)
                        for one in (self.serve_udp, self.serve_tcp)]
        for thread in self.threads:
            thread.start()

    def __enter__(self) -> "Zones":
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for one in (self.udp, self.tcp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join(10)
        self.udp.close()
        self.tcp.close()

    def change(self, zone: Zone) -> None:
        self.zone = {name.lower().rstrip("."): list(listed) for name, listed in zone.items()}

    def found(self, name: str, kind: int) -> "tuple[list[tuple[str, int, bytes]], int] | None":
        """Records, and the response code; None for silence."""
        chain: list[tuple[str, int, bytes]] = []
        for _ in range(9):
            listed = self.zone.get(name)
            if listed is None:
                below = any(other.endswith("." + name) for other in self.zone)
                return (chain, 0 if below else NXDOMAIN) if name else (chain, 0)
            pairs = list(records(listed))
            good = [(name, kind, data(word, value)) for word, value in pairs
                    if TYPES[word] == kind]
            if good:
                return chain + good, 0
            if "TIMEOUT" in listed:
                return None
            alias = [value for word, value in pairs if word == "CNAME"]
            if not alias:
                return chain, 0
            chain.append((name, TYPES["CNAME"], data("CNAME", alias[0])))
            name = alias[0].lower().rstrip(".")
        return chain, 0

    def reply(self, message: bytes, tcp: bool) -> "bytes | None":
        at, labels = 12, []
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
            at += 1 + message[at]
        (kind,) = struct.unpack_from(">H", message, at + 1)
        question, rest = message[12:at + 5], message[at + 5:]
        room = struct.unpack_from(">H", rest, 3)[0] if rest[:3] == b"\0\0\x29" else 512
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        found = ([], SERVFAIL) if name in self.failing else self.found(name, kind)
        if found is None or self.silent:
            return None
        body = b""
        for owner, its, text in found[0]:
            body += (b"\xc0\x0c" if owner == name else wire(owner))
            body += struct.pack(">HHIH", its, 1, 300, len(text)) + text
        head = message[:2] + bytes([0x81, 0x80 | found[1]])
        whole = head + struct.pack(">HHHH", 1, len(found[0]), 0, 0) + question + body
        if not tcp and len(whole) > max(room, 512):
            return message[:2] + bytes([0x81 | TRUNCATED, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]) + question
        return whole

    def serve_udp(self) -> None:
        while not self.over.is_set():
            try:
                message, peer = self.udp.recvfrom(2000)
            except OSError:
                return
            answer = self.reply(message, False) if len(message) > 12 else None
            if answer:
                self.udp.sendto(answer, peer)

    def serve_tcp(self) -> None:
        while not self.over.is_set():
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(10)
                try:
                    size = peer.recv(2, socket.MSG_WAITALL)
                    message = peer.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
                    answer = self.reply(message, True) if len(message) > 12 else None
                    if answer:
                        peer.sendall(len(answer).to_bytes(2, "big") + answer)
                except OSError:
                    pass
