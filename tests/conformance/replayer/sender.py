# SPDX-License-Identifier: 0BSD
"""A qmail-send whose spawners and qmail-clean are played by the test."""
from __future__ import annotations

import os
import pwd
import re
import selectors
import signal
import stat
import time
from typing import Any, Callable, Sequence

from . import place

LOCAL, REMOTE = "l", "r"
REMOTE_DELAY = 0.12  # so that the two channels' reports have an order


def reports(recorded: str) -> list[bytes]:
    """A recorded stream of reports, taken apart: number, text, NUL."""
    data, out = recorded.encode("latin-1"), []
    while data:
        end = data.find(b"\0", 1) + 1 or len(data)
        out.append(data[:end])
        data = data[end:]
    return out


class Sender:
    """answers: per channel the reports to give, one a command in their order; or a
    function of the command."""

    def __init__(self, hello: bytes, answers: dict[str, Any], env: dict[str, str] | None = None,
                 local_delay: float = 0.0) -> None:
        self.answers = answers
        self.delay = {LOCAL: local_delay, REMOTE: REMOTE_DELAY}
        self.log = b""
        self.commands: dict[str, list[bytes]] = {LOCAL: [], REMOTE: []}
        self.cleaned: list[list[str]] = []
        self.status: int | None = None
        self._due: list[tuple[float, int, bytes]] = []
        self._last: dict[str, float] = {LOCAL: 0.0, REMOTE: 0.0}
        self._part: dict[Any, bytes] = {}
        self._select = selectors.DefaultSelector()
        # Descriptors 0 to 6 of qmail-send: log, then to and from each of three.
        pipes = [os.pipe() for _ in range(7)]
        theirs = [pipe[0] if number in (2, 4, 6) else pipe[1]
                  for number, pipe in enumerate(pipes)]
        self.ours = [pipe[1] if number in (2, 4, 6) else pipe[0]
                     for number, pipe in enumerate(pipes)]
        self.pid = os.fork()
        if self.pid == 0:
            self._become(theirs, env or {})
        for descriptor in theirs:
            os.close(descriptor)
        for number, name in ((0, "log"), (1, LOCAL), (3, REMOTE), (5, "clean")):
            self._select.register(self.ours[number], selectors.EVENT_READ, name)
        for number, byte in zip((2, 4), hello):
            self._write(self.ours[number], bytes([byte]))

    @staticmethod
    def _become(theirs: Sequence[int], env: dict[str, str]) -> None:
        try:
            high = [os.dup2(descriptor, 50 + number)
                    for number, descriptor in enumerate(theirs)]
            for number, descriptor in enumerate(high):
                os.dup2(descriptor, number)
            os.closerange(7, 100)
            entry = pwd.getpwnam("qmails")
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execve(place.BIN + "/qmail-send", ["qmail-send"], place.environment(env))
        finally:
            os._exit(198)

    @staticmethod
    def _write(descriptor: int, data: bytes) -> None:
        try:
            os.write(descriptor, data)
        except (BrokenPipeError, OSError):
            pass

    def report(self, channel: str, data: bytes) -> None:
        self._write(self.ours[2 if channel == LOCAL else 4], data)

    def hang_up(self, channel: str) -> None:
        """The spawner's end of its report pipe goes away."""
        number = 2 if channel == LOCAL else 4
        os.close(self.ours[number])
        self.ours[number] = -1

    def _read(self, name: str, descriptor: int) -> None:
        data = os.read(descriptor, 65536)
        if not data:
            self._select.unregister(descriptor)
        elif name == "log":
            self.log += data
        elif name == "clean":
            pieces = (self._part.get(name, b"") + data).split(b"\0")
            self._part[name] = pieces.pop()
            for piece in pieces:
                self._clean(piece.decode("latin-1"))
        else:
            self._part[name] = self._part.get(name, b"") + data
            self._take_commands(name)

    def _take_commands(self, channel: str) -> None:
        # delivery number (which may be 0), then three texts that end with NUL
        while found := re.match(rb"(?s).[^\0]*\0[^\0]*\0[^\0]*\0", self._part[channel]):
            command = found[0]
            self._part[channel] = self._part[channel][len(command):]
            self.commands[channel].append(command)
            script = self.answers.get(channel, [])
            if callable(script):
                answer = script(command)
            else:
                turn = len(self.commands[channel]) - 1
                answer = script[turn] if turn < len(script) else None
            if answer is not None:
                when = max(time.monotonic(), self._last[channel]) + self.delay[channel]
                self._last[channel] = when
                target = self.ours[2 if channel == LOCAL else 4]
                self._due.append((when, target, answer))

    def _clean(self, command: str) -> None:
        what, _, digits = command.partition("/")
        number = int(digits)
        second = f"mess/{number % 23}/{number}" if what == "foop" else f"todo/{number}"
        for path in (f"intd/{number}", second):
            try:
                os.unlink(f"{place.QUEUE}/{path}")
            except FileNotFoundError:
                pass
        self.cleaned.append([command, "+"])
        self._write(self.ours[6], b"+")

    def running(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is None

    def pump(self, until: Callable[[], Any], seconds: float = 10) -> bool:
        """Plays the others' parts until something holds, or qmail-send ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if until():
                return True
            now = time.monotonic()
            for item in [item for item in self._due if item[0] <= now]:
                self._due.remove(item)
                self._write(item[1], item[2])
            wait = min([0.05] + [max(0.0, item[0] - now) for item in self._due])
            events = self._select.select(wait) if self._select.get_map() else []
            for key, _ in events:
                self._read(key.data, key.fd)
            if not events and not self.running():
                return bool(until())
        return bool(until())

    def idle(self, seconds: float) -> None:
        self.pump(lambda: False, seconds)

    def stop(self) -> int:
        """SIGTERM, then everything to the end; the exit code."""
        if self.running():
            os.kill(self.pid, signal.SIGTERM)
        self.pump(lambda: not self.running() and not self._select.get_map(), 10)
        if self.running():
            os.kill(self.pid, signal.SIGKILL)
            _, self.status = os.waitpid(self.pid, 0)
        for descriptor in self.ours:
            if descriptor >= 0:
                os.close(descriptor)
        self._select.close()
        assert self.status is not None
        return os.waitstatus_to_exitcode(self.status)


def named(text: str | bytes, numbers: dict[str, int], size: bool = True) -> str:
    """The text with message numbers and process ids masked."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    for name, number in numbers.items():
        text = re.sub(rf"(?<!\d){number % 23}/{number}(?!\d)", f"<{name}%23>/<{name}>", text)
        # a message may have the number 822, which is no part of <DATE822>
        text = re.sub(rf"(?<!\d)(?<!<DATE){number}(?!\d)", f"<{name}>", text)
    text = re.sub(r"qp \d+", "qp <PID>", text)
    if size:
        text = re.sub(r": bytes \d+ from", ": bytes <SIZE> from", text)
    return place.mask(text)


def snapshot(numbers: dict[str, int], size: bool = True) -> list[dict[str, Any]]:
    """The messages' files, sorted by masked path."""
    files = []
    for path in place.queue_files():
        full = f"{place.QUEUE}/{path}"
        entry = os.lstat(full)
        item: dict[str, Any] = {"path": named(path, numbers, size),
                                "mode": f"{stat.S_IMODE(entry.st_mode):o}",
                                "owner": pwd.getpwuid(entry.st_uid).pw_name}
        if not path.startswith("mess/"):
            with open(full, "rb") as content:
                text = re.sub("\0p\\d+\0", "\0p<PID>\0", content.read().decode("latin-1"))
            item["content"] = named(text, numbers, size)
        files.append(item)
    return sorted(files, key=lambda item: item["path"])
