# SPDX-License-Identifier: 0BSD
"""qmail-send: deliveries, bounces, signals, the retry schedule, crash recovery."""
from __future__ import annotations

import fcntl
import math
import os
import re
import signal
import time
from typing import Any

from . import place
from .cases import Case
from .sender import LOCAL, REMOTE, Sender, named, reports, snapshot
from .spawners import submit

_MESSAGE = "Subject: t\n\nbody\n"
_DATE = [(r"Date: .*? -0000", "Date: <DATE822>")]
_BOTH_FULL = b"\x78\x78"
_NO_DELIVERIES = b"\0\0"


def _prepare(control: dict[str, str]) -> None:
    place.fresh(0o777)
    place.controls(control)
    place.empty_queue()
    place.keeper()


def _queue_env(code: str = "") -> dict[str, str]:
    env = {"QMAILQUEUE": "<TMP>/fakeq", "FQ_OUT": "<TMP>/fq"}
    return env | {"FQ_EXIT": code} if code else env


def _bounces(numbers: dict[str, int]) -> list[dict[str, str]]:
    return [{part: named(text, numbers) for part, text in message.items()}
            for message in place.kept(_DATE)]


def _caught_up(sender: Sender, case: Case, extra: int = 0) -> bool:
    """Whether it has done as much as the case tells; qmail-send's last words and what
    follows a signal (extra lines) come later."""
    want = case["log"].count("\n") - case["log"].count("status: exiting\n") - extra
    return (sender.log.count(b"\n") >= want
            and len(sender.cleaned) >= len(case.get("clean", [])))


def send(case: Case) -> Case:
    name = case["id"]
    if name == "start-mutex-held":
        return _mutex_held(case)
    if name.startswith("hup-"):
        return _reread(case)
    if name.startswith("retry-"):
        return _retry(case)
    if name.startswith("lifetime-"):
        return _lifetime(case)
    if name.startswith("state-"):
        return _state(case)
    return _deliveries(case)


def _answer(sender: Sender, numbers: dict[str, int], code: int) -> Case:
    return {
        "exit": code, "log": named(sender.log, numbers),
        "to_lspawn": named(b"".join(sender.commands[LOCAL]), numbers),
        "to_rspawn": named(b"".join(sender.commands[REMOTE]), numbers),
        "clean": [[named(command, numbers), reply] for command, reply in sender.cleaned],
        "queue_after": snapshot(numbers), "bounces": _bounces(numbers),
    }


def _deliveries(case: Case) -> Case:
    _prepare(case["control"])
    name = case["id"]
    numbers = {f"ID{turn}": submit(item["message"], item["sender"], item["recips"])[0]
               for turn, item in enumerate(case["messages"], 1)}
    directory = re.fullmatch(r"start-(\w+)-isdir", name)
    if directory:
        path = f"{place.PREFIX}/control/{directory[1]}"
        os.unlink(path)
        os.mkdir(path)
    refusal = re.fullmatch(r"bounce-qqfail-(\d+)", name)
    sender = Sender(case["spawn_hello"].encode("latin-1"),
                    {LOCAL: reports(case["from_lspawn"]), REMOTE: reports(case["from_rspawn"])},
                    _queue_env(refusal[1] if refusal else ""),
                    0.1 if name.startswith("concurrency-") else 0.0)
    extra: Case = {}
    if name == "spawn-dies":
        sender.pump(lambda: sender.commands[LOCAL])
        sender.hang_up(LOCAL)
        sender.pump(lambda: not sender.running(), 5)
    elif name == "term-busy":
        extra = _stop_while_busy(sender)
    elif case.get("signal_sent") == "SIGALRM":
        sender.pump(lambda: sender.log.count(b"deferral") >= 2)
        os.kill(sender.pid, signal.SIGALRM)
    sender.pump(lambda: _caught_up(sender, case), 6)
    sender.idle(0.1)
    if "queue_while_running" in case:
        extra["queue_while_running"] = snapshot(numbers)
    return _answer(sender, numbers, sender.stop()) | extra


def _stop_while_busy(sender: Sender) -> Case:
    sender.pump(lambda: sender.commands[LOCAL] and sender.commands[REMOTE])
    os.kill(sender.pid, signal.SIGTERM)
    sender.idle(0.3)
    answer: Case = {"alive_after_term": sender.running()}
    sender.report(LOCAL, b"\0Klate ok\n\0")
    sender.idle(0.2)
    answer["alive_after_first_report"] = sender.running()
    sender.report(REMOTE, b"\0Zlate\n\0")
    sender.pump(lambda: not sender.running())
    return answer


def _mutex_held(case: Case) -> Case:
    _prepare(case["control"])
    mutex = os.open(place.QUEUE + "/lock/sendmutex", os.O_WRONLY)
    fcntl.flock(mutex, fcntl.LOCK_EX)
    sender = Sender(_BOTH_FULL, {}, _queue_env())
    sender.pump(lambda: not sender.running())
    code = sender.stop()
    os.close(mutex)
    return {"exit": code, "log": place.mask(sender.log)}


def _reread(case: Case) -> Case:
    _prepare(case["control"])
    sender = Sender(_NO_DELIVERIES, {}, _queue_env())
    sender.pump(lambda: b"status:" in sender.log)
    place.controls(case["control_after_start_then_SIGHUP"])
    os.kill(sender.pid, signal.SIGHUP)
    sender.idle(0.3)
    numbers = {"ID1": submit(_MESSAGE, "s@x", case["recips"])[0]}
    sender.pump(lambda: sender.cleaned, 5)
    running = snapshot(numbers)
    code = sender.stop()
    return {"queue_while_running": running, "exit": code, "log": named(sender.log, numbers)}


def _aged(control: dict[str, str], recipient: str, channel: str, age: float) -> tuple[int, int]:
    """A preprocessed message that came in age seconds ago: its number and birth."""
    _prepare(control)
    number, _ = submit(_MESSAGE, "s@x", [recipient])
    sender = Sender(_NO_DELIVERIES, {}, _queue_env())
    sender.pump(lambda: sender.cleaned)
    sender.stop()
    # Early in a second, but not at its start: time(2) reads a clock that may lag.
    while not 0.1 < time.time() % 1 < 0.5:
        time.sleep(0.01)
    birth = int(time.time() - age)
    for part, when in (("info", birth), (channel, min(birth, int(time.time())))):
        os.utime(f"{place.QUEUE}/{part}/{number % 23}/{number}", (when, when))
    return number, birth


def _retry(case: Case) -> Case:
    channel = case["channel"]
    number, birth = _aged(case["control"], f"u@{channel}.example", channel, case["age"])
    sender = Sender(_BOTH_FULL, {LOCAL: lambda _: b"\0Zlater\n\0",
                                 REMOTE: lambda _: b"\0Zlater\n\0"}, _queue_env())
    sender.pump(lambda: _caught_up(sender, case), 5)
    sender.stop()
    answer: Case = {"log": named(sender.log, {"ID1": number}),
                    "gave_up": b"failure" in sender.log}
    if not answer["gave_up"]:
        path = f"{place.QUEUE}/{channel}/{number % 23}/{number}"
        gap = int(os.stat(path).st_mtime) - birth
        # A second may have passed before the attempt was made.
        step = {"local": 10, "remote": 20}[channel]
        if gap == (math.isqrt(case["age"] + 1) + step) ** 2:
            gap = case.get("next_retry_minus_birth", gap)
        root = math.isqrt(gap)
        answer["next_retry_minus_birth"] = gap
        answer["is_square_of"] = root if root * root == gap else None
    return answer


def _lifetime(case: Case) -> Case:
    age = case["age"] if isinstance(case["age"], int) else -2
    number, _ = _aged(case["control"], "u@remote.example", "remote", age)
    sender = Sender(_BOTH_FULL, {REMOTE: lambda _: b"\0Ztemp text\n\0"}, _queue_env())
    sender.pump(lambda: _caught_up(sender, case), 5)
    sender.idle(0.1)
    sender.stop()
    numbers = {"ID1": number}
    return {"log": named(sender.log, numbers), "bounces": place.kept()}


def _state(case: Case) -> Case:
    """A queue as a crash may have left it."""
    _prepare(case["control"])
    probe = place.QUEUE + "/pid/probe"
    place.write(probe, "Received: x\n" + _MESSAGE)
    number = os.stat(probe).st_ino
    then = time.time() - case["age"]
    real: dict[str, str] = {}
    for item in case["queue_before"]:
        path = (item["path"].replace("<ID1%23>", str(number % 23))
                .replace("<ID1>", str(number)))
        real[item["path"]] = path
        full = f"{place.QUEUE}/{path}"
        if path.startswith("mess/"):
            os.rename(probe, full)
            place.write(full, "Received: x\n" + _MESSAGE, 0o644, item["owner"])
        elif path.startswith("todo/") and "intd/<ID1>" in real:
            os.link(f"{place.QUEUE}/{real['intd/<ID1>']}", full)
        else:
            text = item["content"].replace("<PID>", "1")
            place.write(full, text, int(item["mode"], 8), item["owner"])
        os.utime(full, (then, then))
    if os.path.exists(probe):
        os.unlink(probe)
    fine: Any = lambda command: command[:1] + b"Kfine\n\0"
    sender = Sender(b"\1\1", {LOCAL: fine, REMOTE: fine}, _queue_env())
    sender.pump(lambda: _caught_up(sender, case), 5)
    sender.idle(0.3)
    code = sender.stop()
    numbers = {"ID1": number}
    return {
        "exit": code, "log": named(sender.log, numbers, False),
        "to_lspawn": named(b"".join(sender.commands[LOCAL]), numbers, False),
        "to_rspawn": named(b"".join(sender.commands[REMOTE]), numbers, False),
        "clean": [[named(command, numbers), reply] for command, reply in sender.cleaned],
        "queue_after": snapshot(numbers, False), "bounces": place.kept(),
    }
