# SPDX-License-Identifier: 0BSD
"""An SMTP server that takes everything and keeps what was said to it."""
from __future__ import annotations

import socket
import threading
from typing import IO


class SmtpServer:
    """On port 25 of an address; rcpt is what it answers to RCPT."""

    def __init__(self, address: str) -> None:
        self.rcpt = b"250 x\r\n"
        self.connections = 0
        self.said: list[bytes] = []  # line by line
        self.listener = socket.create_server((address, 25))
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
                peer.settimeout(30)
                try:
                    self._talk(stream)
                except OSError:
                    pass  # nobody waits for the reply to QUIT

    def _talk(self, stream: IO[bytes]) -> None:
        stream.write(b"220 x\r\n")
        in_message = False
        for line in stream:
            self.said.append(line)
            if in_message and line != b".\r\n":
                continue
            in_message = line == b"DATA\r\n"
            stream.write(b"354 x\r\n" if in_message else
                         self.rcpt if line.startswith(b"RCPT") else b"250 x\r\n")

    def close(self) -> None:
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        except OSError:
            pass
        self.thread.join(10)
        self.listener.close()
