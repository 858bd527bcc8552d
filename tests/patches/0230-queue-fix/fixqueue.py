# SPDX-License-Identifier: 0BSD
"""Queues of any layout, built file by file and read strictly; qmail-queue-fix run on them."""
from __future__ import annotations

import grp
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass, field

import queueformat
from mailhost import BIN, QUEUE

FIX = BIN / "qmail-queue-fix"
QUARANTINE = QUEUE / "quarantine"
PARTS = ("mess", "intd", "todo", "info", "local", "remote", "bounce")
DIRS = {"pid": ("qmailq", 0o700), "intd": ("qmailq", 0o700), "todo": ("qmailq", 0o750),
        "mess": ("qmailq", 0o750), "lock": ("qmailq", 0o750), "info": ("qmails", 0o700),
        "local": ("qmails", 0o700), "remote": ("qmails", 0o700), "bounce": ("qmails", 0o700)}
IN_ORDER, TO_DO, QUARANTINED, USAGE, TROUBLE = 0, 1, 2, 100, 111


@dataclass(frozen=True)
class Layout:
    split: int = 23
    hashed: bool = False

    def subs(self, part: str) -> int:
        """How many subdirectories a folder has; 0: none."""
        return self.split if part in queueformat.SPLIT_PARTS or (
            self.hashed and part in ("intd", "todo")) else 0

    def place(self, part: str, number: int) -> pathlib.Path:
        subs = self.subs(part)
        return QUEUE / part / (f"{number % subs}/{number}" if subs else str(number))

    def options(self) -> list[str]:
        return ["--split", str(self.split), "--bigtodo" if self.hashed else "--no-bigtodo"]


LEGACY = Layout()


def own(path: pathlib.Path, user: str, mode: int) -> None:
    os.chown(path, pwd.getpwnam(user).pw_uid, grp.getgrnam("qmail").gr_gid,
             follow_symlinks=False)
    path.chmod(mode)


def fresh(layout: Layout = LEGACY) -> None:
    """An empty queue of that layout."""
    for entry in QUEUE.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    own(QUEUE, "qmailq", 0o750)
    for part, (user, mode) in DIRS.items():
        for path in [QUEUE / part, *(QUEUE / part / str(n) for n in range(layout.subs(part)))]:
            path.mkdir()
            own(path, user, mode)
    os.mkfifo(QUEUE / "lock/trigger")
    own(QUEUE / "lock/trigger", "qmails", 0o622)
    (QUEUE / "lock/sendmutex").touch()
    own(QUEUE / "lock/sendmutex", "qmails", 0o600)
    (QUEUE / "lock/tcpto").write_bytes(bytes(1024))
    own(QUEUE / "lock/tcpto", "qmailr", 0o644)


def write(path: pathlib.Path, part: str, content: bytes, when: float | None = None) -> None:
    path.write_bytes(content)
    queueformat.finish(path, part, when)


def new_inode(token: str) -> tuple[pathlib.Path, int]:
    """A message's file with a name of no meaning, and its inode number."""
    path = QUEUE / "mess" / f"new-{token}"
    write(path, "mess", b"Received: (qmail 77 invoked by uid 1000); 1 Jan 2026 00:00:00 -0000\n"
          + f"Subject: {token}\n\n{token}\n".encode())
    return path, path.stat().st_ino


def fix(*arguments: str, **how: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([FIX, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace", timeout=300, check=False,
                          **how)  # type: ignore[call-overload]


def counts(output: str) -> dict[str, int]:
    """The counts of the last paragraph."""
    return {name: int(number) for name, number in
            re.findall(r"^([a-z ,]+): (\d+)$", output.rpartition("repaired:")[2], re.MULTILINE)}


@dataclass
class Group:
    """The files that have one number, and the tokens found in them."""

    number: int
    parts: dict[str, bytes] = field(default_factory=dict)


TOKEN = re.compile(rb"tok[0-9]+x")


def tokens(content: bytes) -> set[str]:
    return {found.decode() for found in TOKEN.findall(content)}


def check_dir(path: pathlib.Path, part: str) -> None:
    status = path.lstat()
    user, mode = DIRS[part]
    assert stat.S_ISDIR(status.st_mode), path
    assert (pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid).gr_name,
            stat.S_IMODE(status.st_mode)) == (user, "qmail", mode), path


def read(layout: Layout = LEGACY) -> list[Group]:
    """Everything in a queue that has to be in order; whatever is not is an assertion."""
    groups: dict[int, Group] = {}
    assert {path.name for path in QUEUE.iterdir()} - {"quarantine"} == set(DIRS)
    for part in DIRS:
        check_dir(QUEUE / part, part)
    for part in PARTS:
        folders = [QUEUE / part]
        if layout.subs(part):
            folders = list(folders[0].iterdir())
            assert {path.name for path in folders} == set(map(str, range(layout.subs(part))))
            for folder in folders:
                check_dir(folder, part)
        for path in (path for folder in folders for path in folder.iterdir()):
            assert re.fullmatch("[1-9][0-9]*", path.name), path
            number = int(path.name)
            assert path == layout.place(part, number), path
            queueformat.check_file(path, part)
            groups.setdefault(number, Group(number)).parts[part] = path.read_bytes()
    for group in groups.values():
        check_group(group)
    queueformat.check_lock()
    return list(groups.values())


def check_group(group: Group) -> None:
    parts = group.parts
    assert "mess" in parts, group
    if "todo" in parts:
        assert "bounce" not in parts, group
        assert "info" in parts or not {"local", "remote"} & set(parts), group
    elif "info" in parts:
        assert "intd" not in parts, group
    else:
        assert not set(parts) - {"mess", "intd"}, group
    for part, content in parts.items():
        if part in queueformat.FORMS and ("todo" not in parts or part in ("mess", "todo")):
            assert re.fullmatch(queueformat.FORMS[part], content, re.DOTALL), (group, part)
    found = [tokens(content) for content in parts.values()]
    assert all(one == found[0] and len(one) == 1 for one in found), group


def by_token(groups: list[Group]) -> dict[str, dict[str, bytes]]:
    result = {}
    for group in groups:
        (token,) = tokens(group.parts["mess"])
        assert token not in result, token
        result[token] = group.parts
    return result


def away() -> list[tuple[str, bytes]]:
    """What is in the quarantine: folder and contents of each regular file."""
    if not QUARANTINE.exists():
        return []
    status = QUARANTINE.stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o700)
    return sorted((path.name.partition(".")[0], path.read_bytes())
                  for path in QUARANTINE.iterdir()
                  if stat.S_ISREG(path.lstat().st_mode) and not path.name.startswith("lock."))


def snapshot() -> dict[str, tuple[object, ...]]:
    """All that can be seen of the queue, to compare."""
    result = {}
    for where, folders, names in os.walk(QUEUE):
        for name in [".", *folders, *names]:
            status = os.lstat(f"{where}/{name}")
            result[os.path.relpath(f"{where}/{name}", QUEUE)] = (
                status.st_ino, status.st_mode, status.st_uid, status.st_gid, status.st_nlink,
                status.st_size, status.st_mtime_ns)
    return result
