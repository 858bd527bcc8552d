# SPDX-License-Identifier: 0BSD
"""kill -9 at every system call of a program, one after the other.

Unless told `every`, only before those calls that somebody else can see: a process that
is killed before any other leaves the same as if it is killed before its next visible
one (calls.c says which they are)."""
from __future__ import annotations

import os
import subprocess
import time

import rig
from drain import Mail, Verdict, judge, serve
from mailhost import BIN, PATH, QUEUE, Mailhost, wait_for
from model import State
from rig import Letter, token
from scenes import Case, Scene

SERVER = ("qmail-send", "qmail-lspawn", "qmail-rspawn", "qmail-clean", "qmail-local",
          "qmail-queue", *(["qmail-todo"] if (BIN / "qmail-todo").exists() else []))
SAID = rig.WORK / "killed"
LETTER = Letter("k", ("vecjoe-k", "x@remote.test", "none-k", "vecjoe-m"), 4)


def killer(program: str, at: "int | str", every: bool, *command: "str | os.PathLike[str]",
           **how: object) -> "subprocess.Popen[bytes]":
    SAID.unlink(missing_ok=True)
    with open(SAID, "wb") as said:
        return subprocess.Popen(
            [rig.tools() / "trace", "kill", program, str(at), *["all"][:every], "--",
             *command], stdin=subprocess.DEVNULL, stderr=said, env={"PATH": PATH}, cwd="/",
            start_new_session=True, **how)  # type: ignore[call-overload]


def killed() -> list[str]:
    """What the killer said: a line a process killed."""
    lines = SAID.read_text(errors="replace").splitlines()
    return [line for line in lines if line.startswith("killed ")]


def submit(number: int) -> int:
    stem = rig.WORK / f"letter-{number}"
    LETTER.write(token(number), stem)
    with open(stem.with_suffix(".0"), "rb") as first, \
            open(stem.with_suffix(".1"), "rb") as second:
        return subprocess.run([BIN / "qmail-queue"], stdin=first, stdout=second, env={},
                              timeout=60, check=False).returncode


def in_queue() -> bool:
    """Is there a message? What is in mess alone is none, and goes after 36 hours."""
    return any(names for part in ("todo", "info") for _, _, names in os.walk(QUEUE / part))


def judge_all(promised: dict[int, bool]) -> Verdict:
    """All letters, each under its own token, that were or were not accepted."""
    mail, total = Mail(), Verdict()
    scene = Scene("kill", (LETTER,), "")
    for number, accepted in promised.items():
        case = Case(scene, State({}, frozenset(), frozenset()),
                    frozenset([LETTER.label] if accepted else []))
        total += judge(number, case, mail)
    total.broken += [f"{who} got {text!r}" for who, text in mail.copies.get("", [])]
    return total


def kill_server(host: Mailhost, program: str, every: bool = False) -> tuple[Verdict, int]:
    """The server starts on one letter, and dies with one of its programs killed first;
    another one takes over. And again, one call later, until all is done before the blow
    falls. qmail-queue here is the one that takes the bounce. Returns the verdict, and at
    how many calls the program was killed."""
    rig.prepare(host)
    promised: dict[int, bool] = {}
    calls = 0
    while True:
        number = calls + 1
        promised[number] = submit(number) == 0
        host.home_file(f".qmail-m-{token(number)}", f"./box-{token(number)}\n")
        with open(host.log, "ab") as log:
            child = killer(program, number, every, BIN / "qmail-start", "./Mailbox",
                           stdout=log)
        wait_for(lambda: killed() or not in_queue() or child.poll() is not None, 60,
                 f"{program} to be killed at call {number}")
        time.sleep(0.02)  # what the others do about it
        struck = killed()
        host.kill_all()
        child.wait(timeout=30)
        if not struck:
            break
        calls = number
        host.start()
        wait_for(lambda: not in_queue(), 120,
                 f"the queue to drain after {struck}; log:\n{host.said()[-2000:]}")
        host.kill_all()
    return judge_all(promised), calls


def kill_queue(host: Mailhost, every: bool = False) -> tuple[Verdict, int]:
    """Letters one after the other, each of whose qmail-queue is killed one call later
    than the one before."""
    rig.prepare(host)
    promised: dict[int, bool] = {}
    many = 150 if every else 24
    script = rig.WORK / "script"
    for number in range(1, many + 1):
        LETTER.write(token(number), rig.WORK / f"letter-{number}")
        host.home_file(f".qmail-m-{token(number)}", f"./box-{token(number)}\n")
    script.write_text(f"cd {rig.WORK}\ni=1\nwhile [ $i -le {many} ]\ndo\n"
                      f"{BIN}/qmail-queue <letter-$i.0 1<letter-$i.1\n"
                      "echo $i $? >>codes\ni=$((i + 1))\ndone\n")
    killer("qmail-queue", "each", every, "sh", script).wait(timeout=120)
    for line in (rig.WORK / "codes").read_text().splitlines():
        number, code = line.split()
        promised[int(number)] = code == "0"
    assert len(promised) == many
    struck = len(killed())
    assert struck < many, "the last of them should have done its work"
    serve(host)
    return judge_all(promised), struck
