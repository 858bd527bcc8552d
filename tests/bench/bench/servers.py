# SPDX-License-Identifier: 0BSD
"""Inside a world: a server that is measured, and ours."""
from __future__ import annotations

import pathlib
import pwd
import shutil
import socket
import subprocess
import time
from typing import Sequence

from . import place

CLIENTS = 1200  # connections that no server may refuse
LOCAL_AT_ONCE = 20
REMOTE_AT_ONCE = 100


class Server:
    """What a scenario asks of a server. Mode "hold": accept and queue, deliver
    nothing. Mode "full": everything."""

    peer = ""  # the name of its unpacked package

    def __init__(self, remote: int = REMOTE_AT_ONCE) -> None:
        self.remote = remote
        self.top = place.DISK / "server"
        self.top.mkdir()
        self.log = self.top / "log"
        self.unpacked = place.programs_of(self.peer)
        self.pair: "tuple[pathlib.Path, pathlib.Path] | None" = None
        self.checks, self.key = "", place.DISK / "dkim.pem"

    def start(self, mode: str) -> None:
        raise NotImplementedError

    def secure(self, cert: pathlib.Path, key: pathlib.Path) -> None:
        """From the next start on STARTTLS is offered, with this certificate."""
        self.pair = cert, key

    def authenticate(self, what: str) -> None:
        """From the next start on: dkim or spf+dkim of what comes in is checked, or what
        goes out is signed by self.key (sign), as load.example with the selector bench; with
        an empty word none of it."""
        self.checks = what

    def stop(self) -> None:
        raise NotImplementedError

    def queued(self) -> int:
        """How many messages are in its queue."""
        raise NotImplementedError

    def submission(self, recipient: str) -> list[str]:
        """The command that submits a message from descriptor 0."""
        raise NotImplementedError

    def version(self) -> str:
        raise NotImplementedError

    def launch(self, argv: Sequence[object], **env: str) -> "subprocess.Popen[bytes]":
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **env})


def wait_open(port: int = place.PORT, seconds: float = 60) -> None:
    """Until somebody greets there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as peer:
                peer.settimeout(20)
                if peer.recv(200).startswith(b"220"):
                    peer.sendall(b"QUIT\r\n")
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"nobody greets on port {port}")


def finish(child: "subprocess.Popen[bytes] | None", seconds: float = 20) -> None:
    if child and child.poll() is None:
        child.terminate()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class Quiltmail(Server):
    """The build that the world was made with."""

    def __init__(self, remote: int = REMOTE_AT_ONCE, commands: str = "") -> None:
        super().__init__(remote)
        self.sender: "subprocess.Popen[bytes] | None" = None
        self.smtp: "subprocess.Popen[bytes] | None" = None
        self.tls: "subprocess.Popen[bytes] | None" = None
        self.configure()
        if commands:
            subprocess.run(["/bin/sh", "-euc", commands], cwd=place.PREFIX, check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)

    def configure(self) -> None:
        routes = (f"{place.DEAD}:127.0.0.1:{place.DEAD_PORT}\n"
                  f":127.0.0.1:{place.SINK_PORT}\n")
        for name, text in {
                "me": "mx.bench.test\n", "locals": f"{place.LOCAL}\n",
                "rcpthosts": f"{place.LOCAL}\n{place.REMOTE}\n{place.DEAD}\n",
                "smtproutes": routes, "concurrencylocal": f"{LOCAL_AT_ONCE}\n",
                "concurrencyremote": f"{self.remote}\n"}.items():
            place.write(place.PREFIX / "control" / name, text)

    def start_tls(self) -> None:
        """qmail-tlsd, which says when it is ready."""
        if not self.pair:
            return
        both = place.PREFIX / "control/servercert.pem"
        place.write(both, "".join(file.read_text() for file in self.pair))
        both.chmod(0o600)
        self.tls = self.launch([place.PREFIX / "bin/qmail-tlsd"])
        end = time.monotonic() + 60
        while "qmail-tlsd: ready" not in self.log.read_text(errors="replace"):
            if time.monotonic() > end or self.tls.poll() is not None:
                raise RuntimeError("qmail-tlsd does not start")
            time.sleep(0.02)

    def authenticate(self, what: str) -> None:
        super().authenticate(what)
        control, keys = place.PREFIX / "control", place.PREFIX / "control/dkim"
        shutil.rmtree(keys, ignore_errors=True)
        place.write(control / "spfbehavior", "2\n" if what.startswith("spf") else "0\n")
        if what == "sign":
            place.write(keys / "load.example/bench", self.key.read_text(), 0o640)
            shutil.chown(keys / "load.example/bench", "root", "qmail")
        if what and not (place.PREFIX / "bin/qmail-dkim-sign").exists():
            raise RuntimeError("this build has no DKIM")

    def start(self, mode: str) -> None:
        self.start_tls()
        path = f"{place.PREFIX}/bin:/usr/bin:/bin"
        more = {"QMAILQUEUE": "bin/qmail-dkim"} if self.checks.endswith("dkim") else {}
        if mode == "full":
            before = self.said().count("status: local")
            (self.top / "maillog").touch()
            (self.top / "maillog").chmod(0o666)  # for the logger's account
            self.sender = self.launch(
                [place.PREFIX / "bin/qmail-start", "./Maildir/", "/bin/sh", "-c",
                 f"exec cat >>{self.top}/maillog"], PATH=path)
            end = time.monotonic() + 60
            while self.said().count("status: local") <= before:
                if time.monotonic() > end or self.sender.poll() is not None:
                    raise RuntimeError("qmail-send does not start")
                time.sleep(0.02)
        if (place.PREFIX / "listens").exists():  # a variant that wants it so
            self.smtp = self.launch([place.PREFIX / "bin/qmail-smtpserve", "-l0", f"-c{CLIENTS}",
                                     "127.0.0.1", place.PORT], PATH=path, **more)
        else:
            entry = pwd.getpwnam("qmaild")
            self.smtp = self.launch(
                ["tcpserver", "-H", "-R", "-l0", f"-c{CLIENTS}", "-b1000",
                 f"-u{entry.pw_uid}", f"-g{entry.pw_gid}", "127.0.0.1", place.PORT,
                 place.PREFIX / "bin/qmail-smtpd"], PATH=path, **more)
        wait_open()

    def said(self) -> str:
        try:
            return (self.top / "maillog").read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def stop(self) -> None:
        finish(self.smtp)
        finish(self.tls)
        finish(self.sender, 60)

    def queued(self) -> int:
        return place.count_files(place.PREFIX / "queue/mess")

    def submission(self, recipient: str) -> list[str]:
        return [f"{place.PREFIX}/bin/sendmail", "-fs@load.test", recipient]

    def version(self) -> str:
        release = pathlib.Path("/mnt/repo/upstream/VERSION").read_text().strip()
        return f"Quiltmail {release}"
