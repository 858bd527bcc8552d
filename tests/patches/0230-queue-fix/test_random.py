# SPDX-License-Identifier: 0BSD
"""Any queue at all: afterwards it is in order, and all that was in it is still there."""
from __future__ import annotations

import grp
import os
import pathlib
import pwd
import random
import shutil
import stat

import pytest

import fixqueue
from fixqueue import (IN_ORDER, PARTS, QUARANTINED, QUEUE, TO_DO, TOKEN, Layout, away, counts,
                      fix, fresh, snapshot)
from mailhost import DOMAIN, Mailhost
from queueformat import OWNERS, envelope, finish, records

QMAILQ, QMAILS = (pwd.getpwnam(name).pw_uid for name in ("qmailq", "qmails"))
QMAIL = grp.getgrnam("qmail").gr_gid

SEEDS = 120
STATES = [("todo", "intd"), ("todo",), ("todo", "info", "local"), ("info", "local"),
          ("info", "local", "remote"), ("info", "remote", "bounce"), ("info", "bounce"),
          ("info",), ("intd",), ()]


def sound(token: str, part: str) -> bytes:
    user = f"vecjoe-{token}@{DOMAIN}"
    return {"todo": envelope(f"{token}@far.test", user),
            "intd": envelope(f"{token}@far.test", user),
            "info": f"F{token}@far.test\0".encode(), "local": records("TD", user, user),
            "remote": records("DT", user, user),
            "bounce": f"<{token}@far.test>:\nno\n\n".encode()}[part]


class Chaos:
    """Puts a queue together from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.layouts = [Layout(self.random.choice([23, 23, 23, 5, 40]),
                               self.random.random() < 0.4) for _ in range(2)]
        # token: the files of a message that has to be kept
        self.kept: dict[str, set[str]] = {}
        self.lost: set[str] = set()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def place(self, part: str, number: int) -> pathlib.Path:
        """A path that is free: where the number belongs in one of the layouts, or not."""
        layout = self.random.choice(self.layouts)
        path = layout.place(part, number)
        if self.chance(0.1) and layout.subs(part):
            path = QUEUE / part / str(self.random.randrange(layout.split)) / str(number)
        if path.parent.is_file() or os.path.lexists(path):
            path = QUEUE / part / "70" / str(number)
        path.parent.mkdir(exist_ok=True)
        return path

    def spoil_attributes(self, path: pathlib.Path) -> None:
        if self.chance(0.2):
            os.chown(path, self.random.choice([0, 12345, QMAILS]), self.random.choice([0, QMAIL]))
        if self.chance(0.1):
            path.chmod(self.random.choice([0o644, 0o600, 0o400, 0o7777]))

    def message(self, n: int, numbers: list[int], inodes: list[pathlib.Path]) -> None:
        token, number = f"tok{n}x", numbers[n]
        state = self.random.choice(STATES)
        mess = self.place("mess", number)
        inodes[n].rename(mess)
        self.spoil_attributes(mess)
        made: dict[str, pathlib.Path] = {"mess": mess}
        for part in state:
            path = made[part] = self.place(part, number)
            if part == "intd" and "todo" in made and self.chance(0.7):
                os.link(made["todo"], path)
                continue
            path.write_bytes(sound(token, part))
            finish(path, part, 1e9)
            self.spoil_attributes(path)
        # what cannot be delivered as it is
        spoilt = False
        vital = [part for part in state if part == "todo" or (
            "todo" not in state and part in ("info", "local", "remote"))]
        if vital and self.chance(0.1):
            path = made[self.random.choice(vital)]
            path.write_bytes(path.read_bytes()[:-1])
            spoilt = True
        if vital and not spoilt:
            self.kept[token] = {"mess", *state}
        self.lost |= {token}

    def debris(self, n: int) -> None:
        """What belongs to no message."""
        part = self.random.choice(PARTS[1:])
        self.place(part, 5_000_000 + n).write_bytes(f"tok{1000 + n}x".encode())
        where = self.place(self.random.choice(PARTS), 0)
        kind = self.random.randrange(5)
        where = where.with_name(self.random.choice(["core", "07", "-1", "fix.", "1x", "\x1b"]))
        if os.path.lexists(where):
            return
        if kind == 0:
            where.symlink_to("/etc/passwd")
        elif kind == 1:
            os.mkfifo(where)
        else:
            where.write_bytes(f"tok{2000 + n}x".encode())

    def spoil_folders(self) -> None:
        for path in [path for path in QUEUE.rglob("*") if path.is_dir()]:
            if self.chance(0.05):
                os.chown(path, self.random.choice([0, QMAILQ, QMAILS]), 0)
            if self.chance(0.05):
                path.chmod(self.random.choice([0o777, 0o500]))
        for path in [path for path in QUEUE.rglob("*") if path.is_dir()]:
            if path.exists() and not any(path.iterdir()) and self.chance(0.1):
                path.rmdir()
        for path in (QUEUE / "lock").glob("*"):
            if self.chance(0.3):
                self.random.choice([
                    path.unlink, lambda: os.chown(path, 0, 0),
                    lambda: path.write_bytes(b"x") if path.name != "trigger" else None])()

    def build(self) -> None:
        fresh(self.layouts[0])
        for path in QUEUE.rglob("*"):
            if path.is_dir() and not any(path.iterdir()) and self.chance(0.02):
                path.rmdir()
        for part in PARTS:
            (QUEUE / part).mkdir(exist_ok=True)
        made = [fixqueue.new_inode(f"tok{n}x") for n in range(self.random.randrange(1, 25))]
        inodes = [number for _, number in made]
        how = self.random.randrange(4)
        numbers = {0: inodes, 1: inodes[1:] + inodes[:1],
                   2: [number + 10**6 for number in inodes],
                   3: self.random.sample(range(1, 60), len(inodes))}[how]
        taken = set(inodes)
        numbers = [own if how == 3 and number in taken else number
                   for own, number in zip(inodes, numbers)]
        for n in range(len(made)):
            self.message(n, numbers, [path for path, _ in made])
        for n in range(self.random.randrange(6)):
            self.debris(n)
        self.spoil_folders()


def everything() -> set[bytes]:
    """The contents of all files that have a token, but for envelopes, of which there may be
    two names."""
    seen = set()
    for where, _, names in os.walk(QUEUE):
        for name in names:
            path = pathlib.Path(where, name)
            if stat.S_ISREG(path.lstat().st_mode) and TOKEN.search(path.read_bytes()):
                seen.add(path.read_bytes())
    return seen


def check_kept(chaos: Chaos, found: dict[str, dict[str, bytes]]) -> None:
    for token, parts in chaos.kept.items():
        assert token in found, token
        missing = parts - set(found[token])
        # the envelope's second name may be given up
        assert missing <= {"intd"} and not set(found[token]) - parts, (token, parts, found[token])
        for part, content in found[token].items():
            assert part == "mess" or content == sound(token, part)
    for token, parts in found.items():
        assert token in chaos.kept or set(parts) <= {"mess", "intd"}, (token, parts)


@pytest.mark.parametrize("part", range(4))
def test_any_queue_comes_into_order(part: int, host: Mailhost) -> None:
    for seed in range(part, SEEDS, 4):
        chaos = Chaos(seed)
        chaos.build()
        whole, before = everything(), snapshot()
        target = chaos.random.choice([*chaos.layouts, Layout()])
        look = fix(*target.options())
        assert look.returncode in (IN_ORDER, TO_DO), (seed, look)
        assert snapshot() == before, seed
        done = fix("--repair", *target.options())
        assert done.returncode in (IN_ORDER, QUARANTINED), (seed, done)
        print(f"seed {seed}")  # shown if it fails
        check_kept(chaos, fixqueue.by_token(fixqueue.read(target)))
        assert everything() == whole, seed
        if look.returncode == TO_DO:
            now = counts(done.stdout)
            assert now["messages kept"] == len(chaos.kept), (seed, now)
            assert now["files put in quarantine"] >= len(away()), (seed, now)
        before = snapshot()
        again = fix("--repair", *target.options())
        assert again.returncode == IN_ORDER and snapshot() == before, (seed, again)
        shutil.rmtree(fixqueue.QUARANTINE, ignore_errors=True)
