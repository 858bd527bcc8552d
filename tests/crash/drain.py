# SPDX-License-Identifier: 0BSD
"""Puts states on the disk, lets the real server loose on them, and judges."""
from __future__ import annotations

import collections
import os
import pathlib
import pwd
import re
import signal
import time
from dataclasses import dataclass, field

import rig
from mailhost import HOME, QUEUE, Mailhost, processes, program_of
from queueformat import OWNERS
from rig import refused, token
from scenes import PLACE, Case, matters

FIRST_NUMBER = 10 ** 9  # far from the inodes of what arrives meanwhile
MESSAGES = 16           # numbers that a state may use
BOX = HOME / "box"


@dataclass
class Verdict:
    """What was found, in numbers and, for what must not be, in words."""

    states: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)    # sent to somebody else
    broken: list[str] = field(default_factory=list)   # delivered, but not whole
    duplicates: int = 0
    debris: int = 0                                   # states that left files behind

    def __iadd__(self, other: "Verdict") -> "Verdict":
        self.states += other.states
        self.lost += other.lost
        self.wrong += other.wrong
        self.broken += other.broken
        self.duplicates += other.duplicates
        self.debris += other.debris
        return self

    def good(self) -> bool:
        return not self.lost and not self.wrong and not self.broken

    def __str__(self) -> str:
        return (f"{self.states} states: {len(self.lost)} lost, {len(self.wrong)} to the"
                f" wrong person, {len(self.broken)} not whole, {self.duplicates}"
                f" duplicates, {self.debris} left files behind")


def owners() -> dict[str, tuple[int, int, int]]:
    group = pwd.getpwnam("qmailq").pw_gid
    return {part: (pwd.getpwnam(user).pw_uid, group, mode)
            for part, (user, mode) in OWNERS.items()}


class Placer:
    """Writes states into the queue and the mailboxes, under numbers of their own."""

    def __init__(self) -> None:
        self.owners = owners()
        entry = pwd.getpwnam("vecjoe")
        self.user = (entry.pw_uid, entry.pw_gid, 0o600)
        self.files: dict[int, list[str]] = {}

    def put(self, number: int, case: Case) -> None:
        numbers: dict[str, int] = {}
        mark = token(number)
        old, new = rig.TOKEN.encode(), mark.encode()
        placed = self.files[number] = []
        for count, (path, text) in enumerate(sorted(case.state.files.items())):
            if not matters(path):
                continue
            found = PLACE.match(path)
            if found:
                mine = numbers.setdefault(
                    found[3], FIRST_NUMBER + number * MESSAGES + len(numbers))
                assert len(numbers) <= MESSAGES
                split = f"{mine % 23}/" if found[2] else ""
                path = f"{QUEUE}/{found[1]}/{split}{mine}"
                owner = self.owners[found[1]]
                placed.append(path)
            elif path == str(BOX):
                path, owner = f"{BOX}-{mark}", self.user
            elif path.startswith(str(rig.REMOTE)):
                path, owner = f"{path.replace(rig.TOKEN, mark)}.{count}", (0, 0, 0o644)
            else:
                assert "/Maildir/new/" in path, path
                path, owner = f"{HOME}/Maildir/new/crash.{mark}.{count}", self.user
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, text.replace(old, new))
            os.fchown(fd, *owner[:2])
            os.fchmod(fd, owner[2])
            os.close(fd)
        if "m" in (letter.label for letter in case.scene.letters):
            (HOME / f".qmail-m-{mark}").write_text(f"./box-{mark}\n")


def work_done() -> tuple[object, ...]:
    """Changes whenever a process of the mail system gets to run, or one comes or goes;
    () while one of them is not asleep."""
    found = []
    for pid in processes():
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            name = program_of(pid)
        except (FileNotFoundError, ProcessLookupError):
            return ()
        if not re.search(r"^State:\s+S", status, re.MULTILINE):
            return ()
        found.append((pid, name, *re.findall(r"ctxt_switches:\s+(\d+)", status)))
    names = collections.Counter(name for _, name, *_ in found)
    daemons = ("qmail-send", "qmail-lspawn", "qmail-rspawn", "qmail-clean")
    return tuple(found) if all(names[name] in (1, 2) for name in daemons) else ()


def settle(host: Mailhost, seconds: float = 300) -> None:
    """Until the server has nothing more to do for now."""
    end = time.monotonic() + seconds
    before: tuple[object, ...] = ()
    calm = 0
    while calm < 3:
        assert time.monotonic() < end, f"no rest; log:\n{host.said()[-3000:]}"
        time.sleep(0.05)
        now = work_done()
        calm = calm + 1 if now and now == before else 0
        before = now


def serve(host: Mailhost) -> None:
    """Starts the server on what is there, until it rests; what was put off is tried
    again once."""
    host.start()
    settle(host)
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)
    settle(host)
    host.kill_all()


class Mail:
    """All that was delivered, anywhere, sorted by the state it is about."""

    def __init__(self) -> None:
        # token -> (who got it, everything below the delivery's own lines)
        self.copies: dict[str, list[tuple[str, bytes]]] = collections.defaultdict(list)
        self.boxes: dict[str, bytes] = {}
        for path in (HOME / "Maildir/new").iterdir():
            text = path.read_bytes()
            found = re.match(rb"Return-Path: <[^\n]*>\nDelivered-To: ([^\n]*)\n", text)
            if found:
                self._add(found[1].decode(), text[found.end():], path.name)
            else:
                self._add("", text, path.name)
        for path in rig.REMOTE.iterdir():
            if not path.name.startswith("."):
                self._add(re.sub(r"\.[.\d]*$", "", path.name), path.read_bytes(), path.name)
        for path in HOME.glob("box-*"):
            self.boxes[path.name[4:]] = path.read_bytes()

    def _add(self, who: str, text: bytes, name: str) -> None:
        found = re.search(rb"t\d{7}", who.encode() + b" " + name.encode() + b" " + text)
        self.copies[found[0].decode() if found else ""].append((who, text))


def judge(number: int, case: Case, mail: Mail) -> Verdict:
    """Is all there that was promised, and nothing that must not be?"""
    verdict = Verdict(1)
    mark = token(number)
    seen: "collections.Counter[tuple[str, str]]" = collections.Counter()
    about = f"{case.scene.name}: promised {sorted(case.promised)}; {sorted(case.state.files)}"
    for who, text in mail.copies.get(mark, []):
        for letter, recipient in told(case, mark, who, text, verdict, about):
            seen[letter, recipient] += 1
    if mark in mail.boxes:
        for letter in case.scene.letters:
            for name in letter.to(mark):
                whole = f"Delivered-To: {name}\n".encode()
                parts = mail.boxes[mark].split(whole)[1:]
                seen[letter.label, name] += sum(
                    part.partition(b"\n")[2].startswith(letter.text(mark)) for part in parts)
    for letter in case.scene.letters:
        for name in letter.to(mark):
            if letter.label in case.promised and not seen[letter.label, name]:
                verdict.lost.append(f"{letter.label} to {name}; {about}")
            verdict.duplicates += max(0, seen[letter.label, name] - 1)
    return verdict


def told(case: Case, mark: str, who: str, text: bytes, verdict: Verdict,
         about: str) -> list[tuple[str, str]]:
    """What one delivered copy is: (letter, recipient), for a bounce one for each that it
    tells of."""
    bounce = text.startswith(b"Received: (qmail ") and b" invoked for bounce)" in \
        text.partition(b"\n")[0]
    head, _, rest = text.partition(b"\n")
    for letter in case.scene.letters:
        if not bounce and rest == letter.text(mark) and head.startswith(b"Received: "):
            if who not in letter.to(mark):
                verdict.wrong.append(f"{letter.label} went to {who}; {about}")
            return [(letter.label, who)]
        if bounce and rest.endswith(b"\n" + letter.text(mark)):
            names = [name.decode() for name in re.findall(rb"\n<([^\n]*)>:\n", rest)]
            if who != letter.sender(mark) or not set(names) <= set(letter.to(mark)):
                verdict.wrong.append(
                    f"a bounce of {letter.label} about {names} went to {who}; {about}")
            if not all(refused(name) for name in names):
                verdict.wrong.append(
                    f"a bounce of {letter.label} about {names}, who exist; {about}")
            return [(letter.label, name) for name in names if refused(name)]
    verdict.broken.append(f"{who} got {text[-300:]!r}; {about}")
    return []


def try_all(host: Mailhost, cases: list[Case], batch: int = 600,
            enough: bool = False) -> Verdict:
    """Every state, many in one queue; ends early, if told to, once something is found."""
    total = Verdict()
    for start in range(0, len(cases), batch):
        rig.prepare(host)
        placer = Placer()
        some = list(enumerate(cases[start:start + batch], start))
        for number, case in some:
            placer.put(number, case)
        serve(host)
        mail = Mail()
        for number, case in some:
            verdict = judge(number, case, mail)
            verdict.debris += any(os.path.exists(path) for path in placer.files[number])
            total += verdict
        stray = mail.copies.get("", [])
        total.broken += [f"{who} got {text[-300:]!r}" for who, text in stray]
        if enough and not total.good():
            break
    return total
