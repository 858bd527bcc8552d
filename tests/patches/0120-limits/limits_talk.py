# SPDX-License-Identifier: 0BSD
"""Speaking with a server on a pair of sockets, as tcpserver would start it."""
from __future__ import annotations

import os
import pathlib
import select
import socket
import subprocess
import time

BIN = pathlib.Path("/var/qmail/bin")
ENV = {"PATH": f"{BIN}:/usr/bin:/bin", "TCPREMOTEIP": "192.0.2.7"}


def answers(data: bytes, program: str = "qmail-smtpd", *arguments: str, **env: str
            ) -> tuple[list[bytes], bytes, int]:
    """The lines that come back, the log, the exit code."""
    run = subprocess.run([BIN / program, *arguments], input=data, capture_output=True,
                         timeout=120, check=False, env={**ENV, **env})
    return run.stdout.splitlines(), run.stderr, run.returncode


def require_limits() -> None:
    """Fails at once on a build without them, where a test that waits for one would go on
    to its own end, minutes away."""
    shown = subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True,
                           env=ENV, timeout=60, check=True).stdout
    assert "maxsessiontime: " in shown, "this build has no such limits"


class Session:
    """A session that stays open; bytes are sent when the test says so."""

    def __init__(self, program: str = "qmail-smtpd", *arguments: str, **env: str) -> None:
        self.mine, its = socket.socketpair()
        log, self.log_in = os.pipe()
        self.log = os.fdopen(log, "rb")
        self.process = subprocess.Popen(
            [BIN / program, *arguments], stdin=its, stdout=its, stderr=self.log_in,
            env={**ENV, **env})
        its.close()
        os.close(self.log_in)
        self.got = b""

    def send(self, data: bytes) -> bool:
        """Whether the server still listens."""
        try:
            self.mine.sendall(data)
        except OSError:
            return False
        return True

    def wait(self, text: bytes, seconds: float = 30) -> bytes:
        """Until the server has said the text, or has gone; all that it said."""
        end = time.monotonic() + seconds
        while text not in self.got and time.monotonic() < end:
            if not select.select([self.mine], [], [], 1)[0]:
                continue
            more = self.mine.recv(65536)
            if not more:
                break
            self.got += more
        assert text in self.got, self.got
        return self.got

    def over(self) -> bool:
        return self.process.poll() is not None

    def drip(self, data: bytes, pause: float, seconds: float = 60) -> None:
        """Sends the bytes one at a time, again and again, until the server has gone."""
        end = time.monotonic() + seconds
        while True:
            for at in range(len(data)):
                if self.over() or not self.send(data[at:at + 1]):
                    return
                assert time.monotonic() < end, "the server still listens"
                time.sleep(pause)

    def close(self) -> tuple[bytes, bytes]:
        """Hangs up; all that the server said, and its log."""
        try:
            self.mine.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        while True:
            try:
                more = self.mine.recv(65536)
            except OSError:
                break
            if not more:
                break
            self.got += more
        self.process.wait(timeout=60)
        return self.got, self.log.read()
