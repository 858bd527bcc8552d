# SPDX-License-Identifier: 0BSD
"""What the crash tests share: the world they make, and the mail in it.

Everything runs in a world (tests/lib/world). A state's mail is told from every other's
by a token in each address and each line, so that hundreds of states can be put into one
queue and be looked at by one server.
"""
from __future__ import annotations

import functools
import os
import pathlib
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from mailhost import BIN, DOMAIN, HOME, PREFIX, QUEUE, Mailhost

HERE = pathlib.Path(__file__).resolve().parent
WORK = pathlib.Path("/tmp/crash")
REMOTE = WORK / "remote"
STANDS_IN = BIN / "qmail-remote"
REAL = BIN / "qmail-remote.real"
TOKEN = "t0000000"
TOPS = (str(QUEUE), str(HOME), str(REMOTE))
JOE, ALIAS = (f"{name}:{pwd.getpwnam(name).pw_uid}:{pwd.getpwnam(name).pw_gid}"
              for name in ("vecjoe", "alias"))
ASSIGN = (f"+vecjoe-:{JOE}:/home/vecjoe:-::\n"
          f"+none-:{ALIAS}:/var/qmail/alias:-:none-:\n"
          f"=vecjoe:{JOE}:/home/vecjoe:::\n.\n")


def token(number: int) -> str:
    return f"t{number:07}"


@dataclass(frozen=True)
class Letter:
    """A message that a test sends. Names of recipients say what becomes of them: none-X
    and bad-X (elsewhere) are refused and bounce, vecjoe-m goes to an mbox."""

    label: str
    recipients: tuple[str, ...]  # local parts; with @remote.test if elsewhere
    lines: int = 3

    def text(self, mark: str) -> bytes:
        lines = "".join(f"letter {self.label} {mark} line {n} of {self.lines}\n"
                        for n in range(self.lines))
        return f"Subject: {self.label} {mark}\n\n{lines}".encode()

    def sender(self, mark: str) -> str:
        return f"vecjoe-s-{mark}@{DOMAIN}"

    def to(self, mark: str) -> list[str]:
        return [name.replace("@", f"-{mark}@") if "@" in name else f"{name}-{mark}@{DOMAIN}"
                for name in self.recipients]

    def envelope(self, mark: str) -> bytes:
        parts = [f"F{self.sender(mark)}"] + [f"T{name}" for name in self.to(mark)]
        return "".join(f"{part}\0" for part in parts).encode() + b"\0"

    def write(self, mark: str, stem: pathlib.Path) -> None:
        stem.with_suffix(".0").write_bytes(self.text(mark))
        stem.with_suffix(".1").write_bytes(self.envelope(mark))


def refused(recipient: str) -> bool:
    return recipient.startswith(("none-", "bad-"))


@functools.lru_cache(maxsize=None)
def tools() -> pathlib.Path:
    """The tracer, and what stands in for qmail-remote, compiled."""
    place = pathlib.Path("/tmp/crash-tools")
    place.mkdir(exist_ok=True)
    for name, sources in (
            ("trace", ("trace.c", "calls.c", "paths.c", "record.c")),
            ("remote", ("remote.c",))):
        subprocess.run(["gcc", "-O2", "-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra",
                        "-Werror", "-o", place / name, *(HERE / file for file in sources)],
                       check=True)
    return place


def own(path: pathlib.Path, user: str) -> None:
    entry = pwd.getpwnam(user)
    os.chown(path, entry.pw_uid, entry.pw_gid)


def prepare(host: Mailhost) -> None:
    """An empty installation whose mail to elsewhere is kept in REMOTE. The alias user
    has no instructions, so that mail to none-X bounces."""
    host.reset()
    shutil.rmtree(WORK, ignore_errors=True)
    REMOTE.mkdir(parents=True)
    REMOTE.chmod(0o1777)
    if not REAL.exists():
        STANDS_IN.rename(REAL)
        shutil.copy(tools() / "remote", STANDS_IN)
        STANDS_IN.chmod(0o755)
    (PREFIX / "users/assign").write_text(ASSIGN)
    subprocess.run([BIN / "qmail-newu"], check=True)
    host.control(concurrencylocal="20", concurrencyremote="20")
    host.home_file(".qmail-m-default", "./box\n")


def leave(host: Mailhost) -> None:
    """The installation as it was."""
    host.kill_all()
    if REAL.exists():
        REAL.replace(STANDS_IN)
    host.reset()
