# SPDX-License-Identifier: 0BSD
"""qmail-lspawn and qmail-rspawn: commands in, reports out."""
from __future__ import annotations

import os
import pathlib
import re
import subprocess
import threading
from typing import Any

from . import place
from .cases import Case

ALIAS = place.PREFIX + "/alias"
_MESSAGE = "Subject: x\n\nb\n"


def enqueue(message: str, sender: str, recipients: list[str]) -> int:
    """Puts a message into the queue; qmail-queue's process id."""
    place.write(place.TMP + "/fd0", message)
    place.write(place.TMP + "/fd1",
                f"F{sender}\0" + "".join(f"T{name}\0" for name in recipients) + "\0")
    with open(place.TMP + "/fd0", "rb") as text, open(place.TMP + "/fd1", "rb") as envelope:
        child = subprocess.Popen([place.BIN + "/qmail-queue"], stdin=text, stdout=envelope,
                                 env={})
        if child.wait() != 0:
            raise RuntimeError(f"qmail-queue: exit {child.returncode}")
    return child.pid


def submit(message: str, sender: str, recipients: list[str]) -> tuple[int, int]:
    """The same while nobody takes messages: also the message's number."""
    before = set(os.listdir(place.QUEUE + "/todo"))
    pid = enqueue(message, sender, recipients)
    (number,) = set(os.listdir(place.QUEUE + "/todo")) - before
    return int(number), pid


def furnish(home: str, files: dict[str, Any], owner: str) -> None:
    """Makes these the only delivery files in a home; None is an empty maildir."""
    place.empty(home)
    for name, text in files.items():
        path = f"{home}/{name}"
        if text is None:
            for part in ("", "/tmp", "/new", "/cur"):
                os.mkdir(path + part, 0o700)
                place.give(path + part, owner)
        else:
            place.write(path, text, 0o644, owner)


def assign(table: str | None) -> None:
    place.empty(place.PREFIX + "/users")
    if table is not None:
        place.write(place.PREFIX + "/users/assign", table)
        subprocess.run([place.BIN + "/qmail-newu"], env={}, check=True)


def drive(argv: list[bytes], commands: bytes, reports: int, env: dict[bytes, bytes],
          **how: Any) -> tuple[int, bytes, bytes]:
    """Writes the commands, waits for as many reports, closes, returns what came."""
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=env, cwd="/", bufsize=0, **how)
    assert child.stdin and child.stdout and child.stderr
    got: list[bytes] = []

    def read(stream: Any) -> None:
        while data := stream.read(4096):
            got.append(data)

    reader = threading.Thread(target=read, args=(child.stdout,), daemon=True)
    reader.start()
    try:
        child.stdin.write(commands)
    except BrokenPipeError:
        pass
    place.wait_for(lambda: b"".join(got).count(b"\0") >= reports or
                   child.poll() is not None, 8)
    child.stdin.close()
    err = child.stderr.read()
    code = child.wait(20)
    reader.join(5)
    return code, b"".join(got), err


def spawn(case: Case) -> Case:
    place.fresh()
    place.empty_queue()
    number, _ = submit(_MESSAGE, "s@x", ["u@x"])
    where = f"{number % 23}/{number}"
    commands = place.fill(case["stdin"].replace("<ID%23>/<ID>", where))
    reports = case["stdout"].count("\0")

    def shown(data: bytes) -> str:
        text = data.decode("latin-1").replace(where, "<ID%23>/<ID>")
        return place.mask(re.sub(r"qp \d+", "qp <PID>", text))

    if case["program"] == "qmail-rspawn":
        env = {}
        if case.get("path_qmail_remote") is not None:
            os.mkdir(place.TMP + "/bin")
            place.write(place.TMP + "/bin/qmail-remote", case["path_qmail_remote"],
                        int(case["mode"], 8))
            env["PATH"] = "<TMP>/bin:/usr/bin:/bin"
        code, out, err = drive([place.BIN.encode() + b"/qmail-rspawn"], commands, reports,
                               place.environment(env), **place.become("qmailr", "qmail"))
        return {"exit": code, "stdout": shown(out), "stderr": shown(err)}
    furnish(place.HOME, case["home_vecjoe"], "vecjoe")
    furnish(ALIAS, case["alias"], "root")
    assign(case.get("assign"))
    _spoil(case["id"], f"{place.QUEUE}/mess/{where}")
    env = {"FOO": "bar", "LANG": "C"} if case["id"] == "l-env" else {}
    code, out, err = drive(
        [place.BIN.encode() + b"/qmail-lspawn"] + place.arguments(case["argv"]),
        commands, reports, place.environment(env))
    answer: Case = {"exit": code, "stdout": shown(out), "stderr": shown(err)}
    for name in ("Mailbox", "out"):
        path = pathlib.Path(place.HOME, name)
        if path.exists():
            answer[name] = shown(path.read_bytes())
    assign(None)
    return answer


def _spoil(name: str, message: str) -> None:
    """What some cases break beforehand; the case's name says what."""
    table = place.PREFIX + "/users/cdb"
    if name == "l-wrongowner":
        os.chown(message, 0, 0)
    elif name == "l-cdb-corrupt":
        place.write(table, "short")
    elif name == "l-cdb-empty":
        place.write(table, "")
