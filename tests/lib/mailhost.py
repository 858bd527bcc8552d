# SPDX-License-Identifier: 0BSD
"""The installation in a test's world: its configuration, its processes, its mail."""
from __future__ import annotations

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time
from typing import Callable, Sequence

PREFIX = pathlib.Path("/var/qmail")
BIN = PREFIX / "bin"
QUEUE = PREFIX / "queue"
HOME = pathlib.Path("/home/vecjoe")
PATH = f"{BIN}:/usr/bin:/bin"
DOMAIN = "local.test"
USER = f"vecjoe@{DOMAIN}"
WORK = pathlib.Path("/tmp/mailhost")
PARTS = ("pid", "mess", "intd", "todo", "info", "local", "remote", "bounce")


def wait_for(true: Callable[[], object], seconds: float = 20, what: str = "") -> None:
    """Waits until something holds; fails the test if it takes too long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what or true}"
        time.sleep(0.02)


def message(body: str = "hello\n", subject: str = "x") -> bytes:
    return f"From: s@far.test\nTo: {USER}\nSubject: {subject}\n\n{body}".encode()


class Mailhost:
    """At most one in a world, at any time."""

    def __init__(self) -> None:
        self.log = WORK / "log"
        self.sender: "subprocess.Popen[bytes] | None" = None
        self.smtp: "subprocess.Popen[bytes] | None" = None

    # Its configuration

    def reset(self) -> None:
        """No processes, no mail, the smallest configuration, a Maildir for vecjoe."""
        self.kill_all()
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(mode=0o755)
        for path in self.queue_files():
            (QUEUE / path).unlink()
        for place in (PREFIX / "control", PREFIX / "alias", PREFIX / "users"):
            for path in place.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.control(me=DOMAIN, rcpthosts=DOMAIN)
        for path in HOME.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.home_file(".qmail", "./Maildir/\n")
        self.home_file(".qmail-default", "./Maildir/\n")
        self.as_user([str(BIN / "maildirmake"), str(HOME / "Maildir")])

    def control(self, **files: str | None) -> None:
        """Writes control files, a line each if the text has no newline; None removes."""
        for name, text in files.items():
            path = PREFIX / "control" / name
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(text if "\n" in text or not text else text + "\n")
                path.chmod(0o644)

    def home_file(self, name: str, text: str) -> pathlib.Path:
        path = HOME / name
        path.write_text(text)
        entry = pwd.getpwnam("vecjoe")
        os.chown(path, entry.pw_uid, entry.pw_gid)
        path.chmod(0o644)
        return path

    # Its processes

    def start(self, **env: str) -> None:
        """qmail-start, with its log in a file; returns when it is ready."""
        before = self.said().count("status: local")
        with open(self.log, "ab") as log:
            self.sender = subprocess.Popen(
                [BIN / "qmail-start", "./Mailbox"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={"PATH": PATH, **env}, cwd="/", start_new_session=True)
        wait_for(lambda: self.said().count("status: local") > before
                 or self.sender.poll() is not None, what="qmail-send to start")

    def serve_smtp(self, port: int = 25, **env: str) -> None:
        """tcpserver and qmail-smtpd on all of loopback's 127.0.0.1."""
        entry = pwd.getpwnam("qmaild")
        self.smtp = subprocess.Popen(
            ["tcpserver", "-H", "-R", "-l", DOMAIN, "-c", "60", "-u", str(entry.pw_uid),
             "-g", str(entry.pw_gid), "127.0.0.1", str(port), BIN / "qmail-smtpd"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": PATH, **env}, start_new_session=True)
        wait_for(lambda: answers("127.0.0.1", port), what="the SMTP server")

    def stop(self) -> int | None:
        """SIGTERM; qmail-send's exit code."""
        assert self.sender
        self.sender.send_signal(signal.SIGTERM)
        return self.sender.wait(timeout=60)

    def kill_all(self) -> None:
        """No process of the mail system survives."""
        for child in (self.sender, self.smtp):
            if child and child.poll() is None:
                child.kill()
        for pid in processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for child in (self.sender, self.smtp):
            if child:
                child.wait(timeout=30)
        self.sender = self.smtp = None
        wait_for(lambda: not processes(), what="processes to end")

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # Mail

    def submit(self, recipients: Sequence[str] = (USER,), text: bytes | None = None,
               sender: str = "s@far.test") -> int:
        """qmail-queue; its exit code."""
        folder = WORK / f"submit.{time.monotonic_ns()}"
        folder.mkdir()
        (folder / "0").write_bytes(message() if text is None else text)
        (folder / "1").write_bytes(b"\0".join(
            [b"F" + sender.encode(), *(b"T" + name.encode() for name in recipients), b"\0"]))
        with open(folder / "0", "rb") as first, open(folder / "1", "rb") as second:
            return subprocess.run([BIN / "qmail-queue"], stdin=first, stdout=second,
                                  env={}, timeout=120, check=False).returncode

    def sendmail(self, arguments: Sequence[str], text: bytes) -> None:
        subprocess.run([BIN / "sendmail", *arguments], input=text, env={"PATH": PATH},
                       timeout=120, check=True)

    def as_user(self, argv: Sequence[str], user: str = "vecjoe", **how: object
                ) -> "subprocess.CompletedProcess[bytes]":
        entry = pwd.getpwnam(user)
        return subprocess.run(argv, user=entry.pw_uid, group=entry.pw_gid,
                              extra_groups=[], cwd="/", check=True,
                              **how)  # type: ignore[call-overload]

    def mail(self, name: str = "Maildir") -> list[bytes]:
        """vecjoe's new messages, without the lines that delivery put before them."""
        return [path.read_bytes() for path in sorted((HOME / name / "new").iterdir())]

    def wait_mail(self, count: int = 1, seconds: float = 30) -> list[bytes]:
        wait_for(lambda: len(self.mail()) >= count, seconds,
                 f"{count} messages; log:\n{self.said()[-2000:]}")
        return self.mail()

    def wait_done(self, seconds: float = 60) -> None:
        """Until nothing is in the queue."""
        wait_for(lambda: not self.queue_files(), seconds,
                 f"an empty queue; log:\n{self.said()[-2000:]}")

    def queue_files(self) -> list[str]:
        found = []
        for part in PARTS:
            for where, _, names in os.walk(QUEUE / part):
                found += [os.path.relpath(f"{where}/{name}", QUEUE) for name in names]
        return found


def processes() -> list[int]:
    """Whoever runs a program of the installation, or tcpserver."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                program = os.readlink(f"/proc/{name}/exe")
            except OSError:
                continue
            if program.startswith(f"{BIN}/") or program.endswith("/tcpserver"):
                found.append(int(name))
    return found


def program_of(pid: int) -> str:
    return os.path.basename(os.readlink(f"/proc/{pid}/exe"))


def answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=5) as peer:
            return bool(peer.recv(100))
    except OSError:
        return False


def converse(data: bytes, port: int = 25, seconds: float = 20) -> bytes:
    """Sends bytes to the SMTP server, all at once, and returns all that it answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as peer:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        while more := peer.recv(65536):
            answer += more
        return answer


def body_of(text: bytes) -> bytes:
    return text.partition(b"\n\n")[2]
