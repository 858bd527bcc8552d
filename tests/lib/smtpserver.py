# SPDX-License-Identifier: 0BSD
"""An SMTP server that takes everything, unless it is told otherwise, and keeps what was
said to it."""
from __future__ import annotations

import socket
import threading
from typing import IO

from mailhost import wait_for


class SmtpServer:
    """On a port of an address. It answers each command with what is in `answers` for its
    verb, and hangs up if that is None."""

    def __init__(self, address: str, port: int = 25) -> None:
        self.answers: dict[str, "bytes | None"] = {}
        self.connections = self.ended = 0
        self.said: list[bytes] = []  # line by line, with the message
        self.listener = socket.create_server((address, port))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with peer, peer.makefile("rwb", buffering=0) as stream:
                peer.settimeout(60)
                try:
                    self._talk(stream)
                except OSError:
                    pass  # nobody waits for the reply to QUIT
            self.ended += 1

    def _talk(self, stream: IO[bytes]) -> None:
        stream.write(b"220 x\r\n")
        in_message = False
        for line in stream:
            self.said.append(line)
            if in_message and line != b".\r\n":
                continue
            verb = line.split()[0].decode("latin-1") if line.split() else ""
            in_message = verb == "DATA"
            answer = self.answers.get(verb, b"354 x\r\n" if in_message else b"250 x\r\n")
            if answer is None:
                return
            stream.write(answer)

    def commands(self) -> list[str]:
        """What was said but for the message, once the sessions are over."""
        wait_for(lambda: self.ended == self.connections, 60, "the session to end")
        found, in_message = [], False
        for line in self.said:
            if not in_message or line == b".\r\n":
                found.append(line.decode("latin-1").rstrip("\r\n"))
            in_message = found[-1] == "DATA"
        return found

    def close(self) -> None:
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        except OSError:
            pass
        self.thread.join(10)
        self.listener.close()
