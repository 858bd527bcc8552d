# SPDX-License-Identifier: 0BSD
"""The queue's format, as documented (qmail-queue(5)): written byte by byte, read strictly."""
from __future__ import annotations

import grp
import os
import pathlib
import pwd
import re
import stat
from dataclasses import dataclass, field

from mailhost import QUEUE

SPLIT = 23
SPLIT_PARTS = ("mess", "info", "local", "remote")
FLAT_PARTS = ("intd", "todo", "bounce")
OWNERS = {"mess": ("qmailq", 0o644), "intd": ("qmailq", 0o644), "todo": ("qmailq", 0o644),
          "info": ("qmails", 0o600), "local": ("qmails", 0o600), "remote": ("qmails", 0o600),
          "bounce": ("qmails", 0o600)}


def place(part: str, number: int) -> pathlib.Path:
    if part in SPLIT_PARTS:
        return QUEUE / part / str(number % SPLIT) / str(number)
    return QUEUE / part / str(number)


def put(part: str, number: int, content: bytes, when: float | None = None) -> None:
    """A file as another qmail's programs leave it."""
    path = place(part, number)
    path.write_bytes(content)
    finish(path, part, when)


def finish(path: pathlib.Path, part: str, when: float | None) -> None:
    user, mode = OWNERS[part]
    os.chown(path, pwd.getpwnam(user).pw_uid, grp.getgrnam("qmail").gr_gid)
    path.chmod(mode)
    if when is not None:
        os.utime(path, (when, when))


def new_mess(text: bytes, when: float | None = None) -> int:
    """A message file, whose name is the number of its inode."""
    first = QUEUE / "mess" / "new"
    first.write_bytes(b"Received: (qmail 77 invoked by uid 1000); 1 Jan 2026 00:00:00 -0000\n"
                      + text)
    number = first.stat().st_ino
    first.rename(place("mess", number))
    finish(place("mess", number), "mess", when)
    return number


def new_todo(number: int, sender: str, *recipients: str, intd: bool = True) -> None:
    put("intd", number, envelope(sender, *recipients))
    os.link(place("intd", number), place("todo", number))
    if not intd:
        place("intd", number).unlink()


def envelope(sender: str, *recipients: str) -> bytes:
    return b"u1000\0p77\0F%s\0" % sender.encode() + records("T", *recipients)


def records(letters: str, *recipients: str) -> bytes:
    """A letter for each recipient; the last letter stands for the rest, too."""
    letters = letters.ljust(len(recipients), letters[-1:])
    return b"".join(f"{letter}{name}\0".encode() for letter, name in zip(letters, recipients))


@dataclass
class Message:
    """What the queue has of one message: the files that are there."""

    number: int
    parts: dict[str, bytes] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)

    def state(self) -> str:
        return " ".join(sorted(self.parts))

    def recipients(self, part: str) -> list[tuple[str, str]]:
        """(letter, address) of each record."""
        found = re.findall(rb"([TD])([^\0]*)\0", self.parts[part])
        return [(letter.decode(), name.decode("latin-1")) for letter, name in found]


FORMS = {
    "mess": rb"(Received: \(qmail \d+ invoked (by alias|from network|for bounce|by uid \d+)\); "
            rb"\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d -0000\n.*)?",
    "todo": rb"u\d+\0p\d+\0F[^\0]*\0(T[^\0]*\0)*",
    "info": rb"F[^\0]*\0",
    "local": rb"([TD][^\0]+@[^\0]*\0)+",
    "remote": rb"([TD][^\0]*@[^\0]*\0)+",
    "bounce": rb"(<[^\n]*>:\n([^\n]+\n)*\n)+",
}


def read() -> list[Message]:
    """Everything in the queue. Whatever is not as documented is an assertion."""
    messages: dict[int, Message] = {}
    for part in SPLIT_PARTS + FLAT_PARTS:
        folders = [QUEUE / part]
        if part in SPLIT_PARTS:
            assert {path.name for path in folders[0].iterdir()} == set(map(str, range(SPLIT)))
            folders = list(folders[0].iterdir())
        for path in (path for folder in folders for path in folder.iterdir()):
            assert re.fullmatch("[1-9][0-9]*", path.name), path
            number = int(path.name)
            assert path == place(part, number), path
            check_file(path, part)
            message = messages.setdefault(number, Message(number))
            message.parts[part] = path.read_bytes()
            message.times[part] = path.stat().st_mtime
    for message in messages.values():
        check_message(message)
    check_lock()
    assert not list((QUEUE / "pid").iterdir())
    return sorted(messages.values(), key=lambda message: message.number)


def check_file(path: pathlib.Path, part: str) -> None:
    status = path.lstat()
    user, mode = OWNERS[part]
    assert stat.S_ISREG(status.st_mode), path
    assert stat.S_IMODE(status.st_mode) == mode, path
    assert status.st_uid == pwd.getpwnam(user).pw_uid, path
    # qmail-queue is not set-gid: its files have the group of whoever runs it
    assert user == "qmailq" or status.st_gid == grp.getgrnam("qmail").gr_gid, path
    if part == "mess":
        assert status.st_ino == int(path.name), path


def check_message(message: Message) -> None:
    for part, content in message.parts.items():
        # while todo is there, what was made from it may be unfinished
        unfinished = "todo" in message.parts and part in ("info", "local", "remote")
        if part in FORMS and not unfinished:
            assert re.fullmatch(FORMS[part], content, re.DOTALL), (message.number, part, content)
    parts = message.parts
    assert "mess" in parts, message
    if "todo" in parts and "intd" in parts:
        assert os.path.samefile(place("todo", message.number), place("intd", message.number))
    if {"local", "remote", "bounce"} & set(parts):
        assert "info" in parts, message
    if "info" in parts:
        assert "todo" in parts or "intd" not in parts, message


def check_lock() -> None:
    lock = QUEUE / "lock"
    assert {path.name for path in lock.iterdir()} == {"sendmutex", "tcpto", "trigger"}
    for name, user, kind, mode, size in (
            ("sendmutex", "qmails", stat.S_IFREG, 0o600, 0),
            ("trigger", "qmails", stat.S_IFIFO, 0o622, 0),
            ("tcpto", "qmailr", stat.S_IFREG, 0o644, 1024)):
        status = (lock / name).stat()
        assert (status.st_uid, stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode),
                status.st_size) == (pwd.getpwnam(user).pw_uid, kind, mode, size), name
