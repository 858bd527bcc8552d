# SPDX-License-Identifier: 0BSD
"""Servers and clients of other makers that the tests talk to."""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import time
from typing import Sequence

import pytest

from mailhost import answers, wait_for

PEERS = pathlib.Path(os.environ.get("TEST_PEERS") or "/nonexistent")
EXCHANGER = "127.0.0.2"


class Sink:
    """Postfix's smtp-sink, which keeps each message in a file."""

    def __init__(self, address: str = EXCHANGER, port: int = 25) -> None:
        self.address, self.port = address, port
        self.folder = pathlib.Path("/tmp/sink")
        self.server: "subprocess.Popen[bytes] | None" = None

    def start(self, *options: str) -> None:
        if not (PEERS / "usr/sbin/smtp-sink").exists():
            pytest.skip("Postfix's smtp-sink could not be fetched")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.server = subprocess.Popen(
            [PEERS / "usr/sbin/smtp-sink", *options, "-u", "root", "-d",
             f"{self.folder}/%s.", f"{self.address}:{self.port}", "100"],
            env={"LD_LIBRARY_PATH": str(PEERS / "usr/lib/postfix"), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for(lambda: answers(self.address, self.port), what="the sink")

    def stop(self) -> None:
        if self.server:
            self.server.terminate()
            self.server.wait()
            self.server = None

    def messages(self) -> list[bytes]:
        """What it was given; before each, X- lines tell the envelope."""
        texts = [path.read_bytes() for path in sorted(self.folder.iterdir())]
        return [text for text in texts if b"X-Mail-Args:" in text]

    def wait_messages(self, count: int = 1, seconds: float = 30) -> list[bytes]:
        wait_for(lambda: len(self.messages()) >= count, seconds, f"{count} in the sink")
        time.sleep(0.2)
        return self.messages()


def name_server() -> "subprocess.Popen[bytes]":
    """dnsmasq for the zone test; other names do not exist."""
    server = subprocess.Popen(
        ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
         "--listen-address=127.0.0.1", "--bind-interfaces", "--user=root", "--pid-file=",
         "--local=/test/", "--local=/#/",
         "--host-record=mx.remote.test," + EXCHANGER,
         "--host-record=dead.remote.test,127.0.0.9",
         "--mx-host=remote.test,dead.remote.test,5", "--mx-host=remote.test,mx.remote.test,10"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    assert server.poll() is None, "dnsmasq did not start"
    return server


def swaks(*arguments: str, data: pathlib.Path | None = None,
          recipients: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    """swaks as the client of 127.0.0.1:25; its transcript is the output."""
    argv = ["swaks", "--server", "127.0.0.1:25", "--from", "s@far.test", "--helo", "client.test",
            "--to", ",".join(recipients), *arguments]
    if data:
        argv += ["--data", f"@{data}"]
    return subprocess.run(argv, capture_output=True, text=True, errors="replace",
                          timeout=300, check=False)
