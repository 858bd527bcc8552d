# SPDX-License-Identifier: 0BSD
"""The whole system under qmail-start, with an SMTP server that takes what goes out."""
from __future__ import annotations

import os
import pathlib
import pwd
import re
import signal
import socket
import stat
import subprocess
import threading
import time
from typing import Any

from . import place
from .cases import Case
from .spawners import ALIAS, assign, enqueue, furnish

_PORT = 2527
_GREETING_DELAY = 0.3  # so that remote deliveries end after local ones
_PATH = "<PREFIX>/bin:/usr/bin:/bin"


class Sink:
    """Takes mail; refuses recipients by their names: "bad" for good, "later" for now."""

    def __init__(self, verdict: bytes) -> None:
        self.verdict = verdict
        self.dialogues: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", _PORT), backlog=20)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        heard = b""
        with peer, peer.makefile("rb") as lines:
            try:
                time.sleep(_GREETING_DELAY)
                peer.sendall(b"220 sink\r\n")
                in_message = False
                for line in lines:
                    heard += line
                    if in_message:
                        in_message = line != b".\r\n"
                        reply = b"" if in_message else self.verdict
                    else:
                        verb = line[:4].upper()
                        if verb == b"QUIT":
                            break
                        in_message = verb == b"DATA"
                        reply = self._reply(verb, line)
                    peer.sendall(reply)
            except OSError:
                pass
        self.dialogues.append(heard)

    @staticmethod
    def _reply(verb: bytes, line: bytes) -> bytes:
        if verb == b"DATA":
            return b"354 go\r\n"
        if verb == b"RCPT" and b"bad" in line:
            return b"550 no such user\r\n"
        if verb == b"RCPT" and b"later" in line:
            return b"450 try later\r\n"
        return b"250 ok\r\n"

    def close(self) -> None:
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


def _named(text: str) -> str:
    """Masks what differs in logs, messages and bounces of the whole system."""
    text = re.sub(r"(mess|info|local|remote)/\d+/\d+", r"\1/<ID%23>/<ID>", text)
    text = re.sub(r"(todo|intd|bounce)/\d+", r"\1/<ID>", text)
    text = re.sub(r"qp([ _])\d+", r"qp\1<PID>", text)
    text = re.sub(r": bytes \d+ from", ": bytes <SIZE> from", text)
    text = re.sub(r"\(qmail_\d+_invoked", "(qmail_<PID>_invoked", text)
    text = re.sub(r"\d{1,2}_[A-Z][a-z]{2}_20\d\d_\d\d:\d\d:\d\d_-0000", "<DATE822>", text)
    for name in ("alias", "qmails", "vecjoe", "qmaild"):
        text = re.sub(rf"uid {pwd.getpwnam(name).pw_uid}(?!\d)", f"uid <UID:{name}>", text)
    text = re.sub(rf"\b\d{{10}}\.\d+\.{re.escape(place.HOST)}", "<TIME>.<PID>.<HOST>", text)
    return place.mask(text)


def _named_log(log: bytes) -> str:
    """The log, its messages called ID1, ID2... as they appear; numbers are reused."""
    labels: dict[str, str] = {}
    lines, count = [], 0
    # first what is no message's number, though it may look like one
    text = re.sub(r": bytes \d+ from", ": bytes <SIZE> from", log.decode("latin-1"))
    for line in re.sub(r"qp([ _])\d+", r"qp\1<PID>", text).split("\n"):
        new = re.match(r"new msg (\d+)", line)
        if new:
            count += 1
            labels[new[1]] = f"<ID{count}>"
        for number, label in labels.items():
            line = re.sub(rf"(?<!\d){number}(?!\d)", label, line)
        lines.append(line)
    return _named("\n".join(lines))


def by_message(log: str, in_order: bool) -> dict[str, list[str]]:
    """The log's lines grouped by message, status lines and delivery numbers left out."""
    groups: dict[str, list[str]] = {}
    owner: dict[str, str] = {}
    for line in log.split("\n"):
        message = re.match(r"(?:new|info|end|bounce) msg <(ID\d+)>", line)
        begin = re.match(r"starting delivery (\d+): msg <(ID\d+)> (.*)", line)
        end = re.match(r"delivery (\d+): (.*)", line)
        if message:
            groups.setdefault(message[1], []).append(line)
        elif begin:
            owner[begin[1]] = begin[2]
            groups.setdefault(begin[2], []).append("starting delivery: " + begin[3])
        elif end:
            groups.setdefault(owner.get(end[1], "?"), []).append("delivery: " + end[2])
        elif line and not line.startswith("status:"):
            groups.setdefault("other", []).append(line)
    return groups if in_order else {name: sorted(group) for name, group in groups.items()}


def _files(home: str) -> list[dict[str, Any]]:
    files = []
    for where, folders, names in os.walk(home):
        folders.sort()
        for name in sorted(names):
            path = f"{where}/{name}"
            if not name.startswith("."):
                files.append({"path": _named(os.path.relpath(path, home)),
                              "mode": f"{stat.S_IMODE(os.stat(path).st_mode):o}",
                              "content": _named(pathlib.Path(path).read_bytes()
                                                .decode("latin-1"))})
    return files


def _inject(item: Case, server: "subprocess.Popen[bytes]", log: pathlib.Path) -> Case:
    """Does one of the things that a case injects; what came of it."""
    if "argv" in item:
        how = place.become(item["user"]) if "user" in item else {}
        code, out, err = place.run(
            [f"{place.BIN}/{item['argv'][0]}".encode()] + place.arguments(item["argv"][1:]),
            place.fill(item["stdin"]), place.environment(item.get("env", {})), **how)
        return item | {"exit": code, "stdout": place.mask(out), "stderr": place.mask(err)}
    if "signal" in item:
        if item["signal"] == "SIGALRM":
            place.wait_for(lambda: b"deferral" in log.read_bytes())
            time.sleep(2.2)  # older than the case's queuelifetime
        else:
            place.wait_for(lambda: b"end msg" in log.read_bytes())
        os.kill(server.pid, getattr(signal, item["signal"]))
        time.sleep(0.2)
    elif "action" in item:
        control = re.fullmatch(r"(control/\w+) = (.*)", item["action"])
        if control:
            place.write(f"{place.PREFIX}/{control[1]}", control[2] + "\n")
        elif item["action"] == ".qmail replaced by ./Mailbox":
            place.wait_for(lambda: b"deferral" in log.read_bytes())
            place.write(place.HOME + "/.qmail", "./Mailbox\n", owner="vecjoe")
    else:
        enqueue(item["message"], item["sender"], item["recips"])
    return item


def _lines_before_end(log: str) -> int:
    """How many lines came before the server was told to end. A report that is
    followed by "exitasap" came after that."""
    before, exitasap, _ = log.partition(" exitasap")
    if exitasap:
        return before.count("\n") - 1
    return log.partition("status: exiting")[0].count("\n")


def _live(case: Case) -> tuple[bytes, list[Case], int | None]:
    """Runs the server, injects, stops it: its log, what came of it, its exit code."""
    log = pathlib.Path(place.TMP, "log")
    with open(log, "wb") as out:
        server = subprocess.Popen(
            [place.BIN.encode() + b"/qmail-start"] + place.arguments(case["argv"]),
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
            env=place.environment({}, _PATH), start_new_session=True)
    try:
        place.wait_for(lambda: b"status:" in log.read_bytes())
        injected = []
        for turn, item in enumerate(case["injected"]):
            if turn and "message" in item:
                place.wait_for(lambda: b"end msg" in log.read_bytes(), 3)
            injected.append(_inject(item, server, log))
        until = _lines_before_end(case["log"])
        place.wait_for(lambda: log.read_bytes().count(b"\n") >= until, 15)
        time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        code = server.wait(15)
        return log.read_bytes(), injected, code
    except subprocess.TimeoutExpired:
        return log.read_bytes(), [], None
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def e2e(case: Case) -> Case:
    if "injected" not in case:
        return _start(case)
    place.fresh()
    place.controls(case["control"])
    place.empty_queue()
    furnish(place.HOME, case["home_vecjoe"], "vecjoe")
    furnish(ALIAS, case["alias"], "alias")
    assign(case.get("assign"))
    sink = Sink(b"554 rejected\r\n" if case["id"] == "remote-enderr" else b"250 ok\r\n")
    try:
        log, injected, code = _live(case)
    finally:
        sink.close()
    shown = _named_log(log)
    answer: Case = {
        "exit": code, "log": shown, "log_by_msg": by_message(shown, not case.get("racy")),
        "sink": [_named(heard.decode("latin-1")) for heard in sink.dialogues],
        "home_after": _files(place.HOME), "alias_after": _files(ALIAS),
        "queue_left": sorted(_named(path) for path in place.queue_files()),
    }
    if injected != case["injected"]:
        answer["injection"] = injected
    assign(None)
    return answer


def _start(case: Case) -> Case:
    place.fresh(0o777)
    place.controls({"me": "me.example\n", "concurrencylocal": "1\n",
                    "concurrencyremote": "1\n"})
    place.empty_queue()
    child = subprocess.Popen(
        [place.BIN.encode() + b"/qmail-start"] + place.arguments(case["argv"]),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=place.environment(case["env"]), start_new_session=True)
    time.sleep(0.7)
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=20)
    answer: Case = {"exit": child.returncode, "stdout": place.mask(out),
                    "stderr": place.mask(err)}
    for name in ("who", "llog"):
        path = pathlib.Path(place.TMP, name)
        if path.exists():
            answer[name] = place.mask(path.read_bytes())
    return answer
