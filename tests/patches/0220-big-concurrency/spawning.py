# SPDX-License-Identifier: 0BSD
"""Both ends of the spawners' protocol, played: a qmail-send for a real spawner, two
spawners for a real qmail-send; and an SMTP server that holds whoever calls."""
from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import pwd
import resource
import select
import shutil
import subprocess
import threading
import time
from typing import Callable, Iterator

from mailhost import BIN, PATH, QUEUE, Mailhost, wait_for

SHELF = pathlib.Path("/tmp/spawning")
TOO_BIG = b"ZInternal error: delnum too big. (#4.3.5)\n"
REQUEST = b"\xffwide\0%d\0\0"


def read_until(descriptor: int, done: Callable[[bytes], object], seconds: float = 60,
               so_far: bytes = b"") -> bytes:
    """Reads until what came is enough; fails the test if it takes too long."""
    data, end = bytearray(so_far), time.monotonic() + seconds
    while not done(data):
        left = end - time.monotonic()
        assert left > 0, f"not within {seconds} s, only: {bytes(data[-200:])!r}"
        if select.select([descriptor], [], [], left)[0]:
            more = os.read(descriptor, 1 << 16)
            assert more, f"ended after {bytes(data[-200:])!r}"
            data += more
    return bytes(data)


def split_reports(data: bytes, width: int) -> list[tuple[int, bytes]]:
    """Number and text of each report that is whole."""
    found = []
    while (end := data.find(b"\0", width)) >= 0:
        found.append((int.from_bytes(data[:width], "big"), data[width:end]))
        data = data[end + 1:]
    return found


class Spawner:
    """A real spawner, with the test as its qmail-send and, in qmail-remote's place, a
    shell script; the name of a message that it can deliver is in `path`."""

    def __init__(self, host: Mailhost, script: str, program: str = "qmail-rspawn",
                 limits: dict[int, tuple[int, int]] | None = None) -> None:
        shutil.rmtree(SHELF, ignore_errors=True)
        SHELF.mkdir(mode=0o755)
        (SHELF / "qmail-remote").write_text("#!/bin/sh\n" + script)
        (SHELF / "qmail-remote").chmod(0o755)
        assert host.submit() == 0
        (message,) = (QUEUE / "mess").glob("*/*")
        self.path = str(message.relative_to(QUEUE / "mess")).encode()
        user = pwd.getpwnam("root" if program == "qmail-lspawn" else "qmailr")

        def limit() -> None:
            for which, values in (limits or {}).items():
                resource.setrlimit(which, values)
            os.setgroups([])
            os.setgid(pwd.getpwnam("qmailr").pw_gid)
            os.setuid(user.pw_uid)

        self.child = subprocess.Popen(
            [BIN / program, "./Mailbox"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={"PATH": f"{SHELF}:{PATH}"}, cwd="/", bufsize=0, preexec_fn=limit)
        self.width = 1
        self.rest = b""
        assert self.take(1) == b"x"

    def take(self, count: int) -> bytes:
        """So many bytes, neither more nor less."""
        assert self.child.stdout
        data = b""
        while len(data) < count:
            data += os.read(self.child.stdout.fileno(), count - len(data))
        return data

    def say(self, data: bytes) -> None:
        assert self.child.stdin
        while data:
            data = data[os.write(self.child.stdin.fileno(), data):]

    def agree(self, wanted: int) -> bytes:
        """Asks for more; the answer after its number."""
        self.say(REQUEST % wanted)
        (number, text), = self.reports(1)
        assert number == 255
        if text.startswith(b"W"):
            self.width = 2
        return text

    def order(self, number: int, recipient: bytes = b"r@far.test") -> None:
        self.say(number.to_bytes(self.width, "big") + self.path + b"\0s@far.test\0"
                 + recipient + b"\0")

    def reports(self, count: int, seconds: float = 120) -> list[tuple[int, bytes]]:
        """The next reports, so many."""
        assert self.child.stdout
        data = read_until(self.child.stdout.fileno(),
                          lambda data: len(split_reports(data, self.width)) >= count
                          if data.endswith(b"\0") else False, seconds)
        found = split_reports(data, self.width)
        assert len(found) == count, found[:5]
        return found

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.child.pid}/fd"))

    def children(self) -> int:
        """How many deliveries it has started that have not ended."""
        task = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return len(task.read_text().split())

    def end(self) -> int:
        assert self.child.stdin and self.child.stdout
        self.child.stdin.close()
        code = self.child.wait(60)
        self.child.stdout.close()
        return code


class Gate:
    """A FIFO that holds whoever opens it for reading, until it is opened here."""

    def __init__(self) -> None:
        self.path = pathlib.Path("/tmp/gate")
        self.path.unlink(missing_ok=True)
        os.mkfifo(self.path)
        self.path.chmod(0o644)
        self.writer = -1

    def open(self) -> None:
        self.writer = os.open(self.path, os.O_RDWR)

    def close(self) -> None:
        if self.writer >= 0:
            os.close(self.writer)
        self.writer = -1


class Sender:
    """A real qmail-send, with the test as both spawners and as qmail-clean."""

    def __init__(self, answer: bytes | None = None, hello: bytes = b"xx") -> None:
        pipes = [os.pipe() for _ in range(7)]
        ours = [pipe[1] if number in (2, 4, 6) else pipe[0]
                for number, pipe in enumerate(pipes)]
        theirs = [pipe[0] if number in (2, 4, 6) else pipe[1]
                  for number, pipe in enumerate(pipes)]
        self.pid = os.fork()
        if self.pid == 0:
            self._become(theirs)
        for descriptor in theirs:
            os.close(descriptor)
        self.descriptors = ours
        self.commands, self.reports = ours[3], ours[4]
        os.write(ours[2], hello[:1])
        os.write(self.reports, hello[1:])
        self._said = b""
        self._log = threading.Thread(target=self._read_log, daemon=True)
        self._log.start()
        self._cleaner = threading.Thread(target=self._clean, daemon=True)
        self._cleaner.start()
        if answer is not None:
            self.request = self.read_request()
            os.write(self.reports, answer)

    @staticmethod
    def _become(theirs: list[int]) -> None:
        try:
            high = [os.dup2(one, 60 + number) for number, one in enumerate(theirs)]
            for number, one in enumerate(high):
                os.dup2(one, number)
            os.closerange(7, 200)
            entry = pwd.getpwnam("qmails")
            os.setgroups([])
            os.setgid(pwd.getpwnam("qmailq").pw_gid)
            os.setuid(entry.pw_uid)
            os.execve(BIN / "qmail-send", ["qmail-send"], {"PATH": PATH})
        finally:
            os._exit(198)

    def _read_log(self) -> None:
        while more := os.read(self.descriptors[0], 1 << 16):
            self._said += more

    def _clean(self) -> None:
        """Says that the files are gone. Their being there does no harm."""
        while more := os.read(self.descriptors[5], 1 << 10):
            os.write(self.descriptors[6], b"+" * more.count(b"\0"))

    def said(self) -> str:
        return self._said.decode("latin-1")

    def wait_said(self, text: str, times: int = 1) -> None:
        wait_for(lambda: self.said().count(text) >= times, 60,
                 f"{times} times {text!r} in the log: {self.said()[-500:]}")

    def read_request(self) -> bytes:
        wait_for(lambda: self._said or select.select([self.commands], [], [], 0)[0], 60,
                 "a request")
        assert not self._said, f"it goes on without a request: {self.said()}"
        return read_until(self.commands, lambda data: data.count(b"\0") >= 3)

    def hang_up(self) -> None:
        os.close(self.reports)
        self.descriptors.remove(self.reports)

    def numbers(self, count: int, width: int) -> list[int]:
        """The delivery numbers of the next commands."""
        data, found = b"", []
        while len(found) < count:
            data = read_until(self.commands,
                              lambda data: data.count(b"\0", width) >= 3, 120, data)
            at = 0
            while True:
                end = at + width
                for _ in range(3):
                    end = data.find(b"\0", end) + 1
                    if not end:
                        break
                if not end:
                    break
                found.append(int.from_bytes(data[at:at + width], "big"))
                at = end
            data = data[at:]
        assert not data and len(found) == count, (len(found), data[:100])
        return found

    def exit_code(self) -> int:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                self._log.join(10)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        raise AssertionError(f"qmail-send still runs: {self.said()[-500:]}")

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        self._log.join(10)
        self._cleaner.join(10)
        for descriptor in self.descriptors:
            os.close(descriptor)


class HoldingSink:
    """An SMTP server on 127.0.0.2:25 that does not answer MAIL until it is let go."""

    def __init__(self) -> None:
        self.held = 0
        self.taken = 0
        self._loop = asyncio.new_event_loop()
        self._go = asyncio.Event()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(30)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(
            self._session, "127.0.0.2", 25, backlog=2000))
        ready.set()
        self._loop.run_forever()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
                       ) -> None:
        try:
            writer.write(b"220 sink\r\n")
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"MAIL":
                    self.held += 1
                    await self._go.wait()
                    self.held -= 1
                if verb == b"DATA":
                    writer.write(b"354 go\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.taken += 1
                writer.write(b"250 ok\r\n")
                if verb == b"QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        writer.close()

    def let_go(self) -> None:
        self._loop.call_soon_threadsafe(self._go.set)

    async def _end(self) -> None:
        self._server.close()
        sessions = asyncio.all_tasks() - {asyncio.current_task()}
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


@contextlib.contextmanager
def soft_files(soft: int) -> Iterator[None]:
    """The soft limit on open files of what is started meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor, its children not counted."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def resident(pid: int) -> int:
    """kB of memory that are a process's alone or its share of what it shares."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines()
                if line.startswith("Pss:"))


def running(name: str) -> list[int]:
    """The processes that run a program of the installation, the oldest first."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.readlink(f"/proc/{entry}/exe") == str(BIN / name):
                    found.append(int(entry))
            except OSError:
                pass
    return sorted(found)
