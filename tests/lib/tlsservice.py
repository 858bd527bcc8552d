# SPDX-License-Identifier: 0BSD
"""qmail-tlsd in a test's world, and a caller of it."""
from __future__ import annotations

import array
import os
import pathlib
import shutil
import signal
import socket
import subprocess


from mailhost import BIN, PREFIX, wait_for

LOG = pathlib.Path("/tmp/tlsd.log")
CONTROL = PREFIX / "control"


def put(name: str, text: str, mode: int = 0o600) -> pathlib.Path:
    """A file below control/, root's."""
    path = CONTROL / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


class Service:
    """qmail-tlsd, with its log in a file."""

    def __init__(self) -> None:
        self.process: "subprocess.Popen[bytes] | None" = None
        LOG.write_text("")

    def start(self, **env: str) -> None:
        before = self.said().count("qmail-tlsd: ready")
        with open(LOG, "ab") as log:
            self.process = subprocess.Popen(
                [BIN / "qmail-tlsd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": "/usr/bin:/bin", **env}, cwd="/", start_new_session=True)
        process = self.process
        wait_for(lambda: self.said().count("qmail-tlsd: ready") > before
                 or process.poll() is not None, 60, "qmail-tlsd to start")

    def reload(self) -> str:
        """HUP; what it says to that, once there is one worker only, to take requests."""
        assert self.process
        first = self.process.pid
        before = self.said()
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "read everything again" in self.said()[len(before):]
                 or "going on as before" in self.said()[len(before):], 60, "a reload")
        wait_for(lambda: len(self.children(first)) == 1, what="the worker before to end")
        return self.said()[len(before):]

    def stop(self) -> int:
        assert self.process
        self.process.terminate()
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def end(self) -> None:
        """Also what is left of its sessions."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_for(lambda: not self.processes(), what="sessions to end")

    @staticmethod
    def processes() -> list[int]:
        found = []
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and os.readlink(f"/proc/{name}/exe") == f"{BIN}/qmail-tlsd":
                    found.append(int(name))
            except OSError:
                continue
        return found

    def children(self, of: int) -> list[int]:
        found = []
        for pid in self.processes():
            try:
                stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == of:
                found.append(pid)
        return found

    def worker(self) -> int:
        assert self.process
        return self.children(self.process.pid)[0]

    def sessions(self) -> list[int]:
        return self.children(self.worker())

    @staticmethod
    def said() -> str:
        return LOG.read_text(errors="replace")


def clean() -> None:
    for name in ("servercerts", "tlshosts", "notlshosts"):
        shutil.rmtree(CONTROL / name, ignore_errors=True)
    for name in ("server", "client"):  # a killed service leaves them
        (PREFIX / "tls" / name).unlink(missing_ok=True)


def request(side: str, **fields: str) -> bytes:
    lines = [("version", "1"), ("side", side), *fields.items()]
    return "".join(f"{key} {value}\n" for key, value in lines).encode() + b"\n"


def call(side: str) -> socket.socket:
    caller = socket.socket(socket.AF_UNIX)
    caller.settimeout(60)
    caller.connect(str(PREFIX / "tls" / side))
    return caller


def send(caller: socket.socket, text: bytes, *fds: int) -> None:
    along = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    caller.sendmsg([text], along)


def answer(caller: socket.socket) -> tuple[dict[str, str], socket.socket | None]:
    """The verdict, and the plain side of the session if there is one."""
    text, plain = b"", None
    while not text.endswith(b"\n\n"):
        more, along, _, _ = caller.recvmsg(4096, socket.CMSG_SPACE(4))
        for _, _, data in along:
            fds = array.array("i", data)
            plain = socket.socket(fileno=fds[0])
            plain.settimeout(60)
        if not more:
            break
        text += more
    lines = text.decode("ascii").splitlines()
    verdict = {key: value for key, _, value in (line.partition(" ") for line in lines if line)}
    if plain and verdict.get("result") != "done":
        assert plain.recv(1) == b""
        plain.close()
        plain = None
    return verdict, plain


def ask(side: str, tcp: socket.socket, **fields: str
        ) -> tuple[dict[str, str], socket.socket | None]:
    """Asks for a session; closes the TCP socket, as a mail program does."""
    with call(side) as caller:
        send(caller, request(side, **fields), tcp.fileno())
        tcp.close()
        return answer(caller)


def pair() -> tuple[socket.socket, socket.socket]:
    """A TCP connection's two ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname(), timeout=60)
        other, _ = server.accept()
        other.settimeout(60)
        return one, other


def read_all(plain: socket.socket) -> bytes:
    data = b""
    while more := plain.recv(65536):
        data += more
    return data
