# SPDX-License-Identifier: 0BSD
"""0.0.0.0 counts as an address of this host."""
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

PREFIX = Path("/var/qmail")


@pytest.fixture(autouse=True)
def control(tmp_path: Path) -> Iterator[None]:
    """A configuration of our own; the one that was there comes back."""
    folder = PREFIX / "control"
    shutil.copytree(folder, tmp_path / "control")
    for name in os.listdir(folder):
        (folder / name).unlink()
    for name in "me", "localiphost", "rcpthosts":
        (folder / name).write_text("me.test\n")
    yield
    for name in os.listdir(folder):
        (folder / name).unlink()
    shutil.copytree(tmp_path / "control", folder, dirs_exist_ok=True)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Whoever connects to port 25 of this host ends up here."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 25))
        server.listen()
        server.setblocking(False)
        yield server


def remote(host: str) -> bytes:
    return subprocess.run(
        [str(PREFIX / "bin/qmail-remote"), host, "s@x.test", f"r@{host}"],
        input=b"Subject: x\n\nx\n", stdout=subprocess.PIPE, timeout=5,
        check=True).stdout


def rcpt(recipient: str) -> bytes:
    run = subprocess.run(
        [str(PREFIX / "bin/qmail-smtpd")], stdout=subprocess.PIPE, timeout=30,
        input=f"MAIL FROM:<s@x.test>\r\nRCPT TO:<{recipient}>\r\nQUIT\r\n".encode(),
        check=False)
    return run.stdout.split(b"\r\n")[2]


def connections(server: socket.socket) -> int:
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_mail_for_the_address_fails_at_once(listener: socket.socket) -> None:
    report = remote("[0.0.0.0]")
    assert report.startswith(b"D") and b"(#5.4.6)" in report, report
    assert connections(listener) == 0


def test_an_smtp_route_to_the_address_is_still_taken(listener: socket.socket) -> None:
    (PREFIX / "control/smtproutes").write_text(":[0.0.0.0]\n")
    listener.setblocking(True)
    with subprocess.Popen(
            [str(PREFIX / "bin/qmail-remote"), "y.test", "s@x.test", "r@y.test"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as program:
        listener.settimeout(30)
        listener.accept()[0].close()
        assert program.communicate(timeout=30)[0].startswith(b"Z")


def test_the_literal_stands_for_localiphost() -> None:
    assert rcpt("u@[0.0.0.0]") == b"250 ok"


@pytest.mark.parametrize("address", ["192.0.2.1", "0.0.0.1", "1.0.0.0"])
def test_another_hosts_literal_stays_foreign(address: str) -> None:
    assert rcpt(f"u@[{address}]").startswith(b"553 ")
