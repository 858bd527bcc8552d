# SPDX-License-Identifier: 0BSD
"""A name server by UDP and TCP that does to its answers what a test tells it to."""
from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass
from typing import Any, Callable, Sequence

A, CNAME, PTR, MX, TXT, AAAA, OPT, SPF, ANY = 1, 5, 12, 15, 16, 28, 41, 99, 255
TRUNCATED = 0x02
Record = tuple[str, int, Any]


@dataclass
class Query:
    """What was asked, and how."""

    name: str
    kind: int
    edns: int  # the size that an OPT record allows; 0 without
    tcp: bool
    number: bytes
    question: bytes


def wire(name: str) -> bytes:
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def strings(value: Any) -> bytes:
    """A text, or the strings that it is made of; what is too long for one becomes several."""
    pieces: list[bytes] = []
    for one in [value] if isinstance(value, (str, bytes)) else value:
        text = one.encode() if isinstance(one, str) else one
        pieces += [text[at:at + 255] for at in range(0, len(text) or 1, 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def data(kind: int, value: Any) -> bytes:
    if kind == A:
        return socket.inet_aton(value)
    if kind == AAAA:
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == MX:
        return struct.pack(">H", value[0]) + wire(value[1])
    return strings(value) if kind in (TXT, SPF) else wire(value)


def read(message: bytes, tcp: bool) -> Query:
    at, labels = 12, []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += 1 + message[at]
    (kind,) = struct.unpack_from(">H", message, at + 1)
    rest, edns = message[at + 5:], 0
    if rest:
        assert rest[:3] == b"\0\0\x29" and len(rest) == 11, rest
        (edns,) = struct.unpack_from(">H", rest, 3)
    return Query(".".join(labels).lower(), kind, edns, tcp, message[:2], message[12:at + 5])


def answer(query: Query, records: Sequence[Record], rcode: int = 0, flags: int = 0,
           opt: bytes = b"") -> bytes:
    body = b""
    for owner, kind, value in records:
        text = data(kind, value)
        name = b"\xc0\x0c" if owner == query.name else wire(owner)
        body += name + struct.pack(">HHIH", kind, 1, 300, len(text)) + text
    head = query.number + bytes([0x81 | flags, 0x80 | rcode])
    return (head + struct.pack(">HHHH", 1, len(records), 0, 1 if opt else 0)
            + query.question + body + opt)


Zone = dict[str, list[Record]]
Trick = Callable[[Query, "bytes | None"], "Sequence[bytes] | None"]


def honest(query: Query, whole: "bytes | None") -> "Sequence[bytes] | None":
    """What a good server does: an answer that does not fit is cut, and marked."""
    if whole is None:
        return None
    if not query.tcp and len(whole) > max(query.edns, 512):
        return [query.number + bytes([whole[2] | TRUNCATED]) + whole[3:6]
                + b"\0\0\0\0\0\0" + query.question]
    return [whole]


class Server:
    """zone: name -> records, aliases are followed; what it does not have does not exist.
    trick: gets each query and the whole answer, and returns the datagrams or the TCP
    stream's pieces (a number among them: wait so long, infinity: until the end)."""

    def __init__(self, zone: Zone, trick: Trick = honest, address: str = "127.0.0.1",
                 tcp: bool = True) -> None:
        self.zone, self.trick, self.address = zone, trick, address
        self.asked: list[Query] = []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 53))
        self.tcp = socket.create_server((address, 53)) if tcp else None
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.serve_udp, daemon=True)]
        if tcp:
            self.threads.append(threading.Thread(target=self.serve_tcp, daemon=True))
        for thread in self.threads:
            thread.start()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for one in (self.udp, self.tcp):
            if one:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        for thread in self.threads:
            thread.join(10)
        for one in (self.udp, self.tcp):
            if one:
                one.close()

    def whole(self, query: Query) -> "bytes | None":
        found, name = [], query.name
        for _ in range(12):
            alias = [value for _, kind, value in self.zone.get(name, []) if kind == CNAME]
            if not alias or query.kind == CNAME:
                break
            found.append((name, CNAME, alias[0]))
            name = alias[0]
        if name not in self.zone:
            return answer(query, found, rcode=3)
        found += [record for record in self.zone[name] if query.kind in (record[1], ANY)]
        return answer(query, found)

    def reply(self, query: Query) -> "Sequence[bytes] | None":
        self.asked.append(query)
        return self.trick(query, self.whole(query))

    def serve_udp(self) -> None:
        while not self.over.is_set():
            try:
                message, peer = self.udp.recvfrom(2000)
            except OSError:
                return
            if len(message) < 12:
                continue
            for piece in self.reply(read(message, False)) or []:
                self.udp.sendto(piece, peer)

    def serve_tcp(self) -> None:
        assert self.tcp
        while not self.over.is_set():
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            with peer:
                try:
                    self.talk(peer)
                except OSError:
                    pass

    def talk(self, peer: socket.socket) -> None:
        peer.settimeout(30)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = peer.recv(2, socket.MSG_WAITALL)
        if len(head) < 2:
            return
        message = peer.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
        pieces = self.reply(read(message, True))
        if pieces is None:
            return
        if len(pieces) == 1:  # a whole answer without its length
            pieces = [struct.pack(">H", len(pieces[0])) + pieces[0]]
        for piece in pieces:
            if isinstance(piece, float):
                self.over.wait(min(piece, 60))
            else:
                peer.sendall(piece)

    def types(self, name: "str | None" = None) -> list[int]:
        return [query.kind for query in self.asked if name in (None, query.name)]
