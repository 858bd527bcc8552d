# SPDX-License-Identifier: 0BSD
"""qmail-queue, qmail-clean, and the trees that an installation consists of."""
from __future__ import annotations

import grp
import os
import pathlib
import pwd
import re
import signal
import stat
import time
from typing import Any

from . import place
from .cases import Case

USERS = ("alias", "qmaild", "qmaill", "qmailp", "qmailq", "qmailr", "qmails")


def queue(case: Case) -> Case:
    if case["program"] == "install":
        return {"tree": _queue_tree() if case["id"] == "queue-tree" else _install_tree()}
    place.fresh()
    place.empty_queue()
    note = case.get("note", "")
    locked = re.match(r"queue(/\w+)? mode 000", note)
    if locked:
        path = place.QUEUE + (locked[1] or "")
        mode = stat.S_IMODE(os.stat(path).st_mode)
        os.chmod(path, 0)
        try:
            return _submit(case)
        finally:
            os.chmod(path, mode)
    if note == "queue directory absent":
        os.rename(place.QUEUE, place.QUEUE + ".away")
        try:
            return dict(_submit({"fd0": "", "fd1": "", **case}), queue=[])
        finally:
            os.rename(place.QUEUE + ".away", place.QUEUE)
    return _submit(case)


def _submit(case: Case) -> Case:
    trigger = None
    if "trigger_bytes" in case:
        trigger = os.open(place.QUEUE + "/lock/trigger", os.O_RDONLY | os.O_NONBLOCK)
    message, envelope = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        _become_queue(case, message, envelope)
    os.close(message[0])
    os.close(envelope[0])
    before = None
    while_message = case.get("sent_while") == "reading fd0"
    _feed(message[1], case["fd0"])
    if while_message:
        before = _interrupt(child, case["signals"])
    os.close(message[1])
    _feed(envelope[1], case["fd1"])
    if "signals" in case and not while_message:
        before = _interrupt(child, case["signals"])
    os.close(envelope[1])
    _, status = os.waitpid(child, 0)
    answer: Case = {}
    if os.WIFSIGNALED(status):
        answer["signal"] = os.WTERMSIG(status)
    else:
        answer["exit"] = os.WEXITSTATUS(status)
    answer["queue"] = snapshot()
    if answer.get("exit"):
        # How much of a refused envelope was written depends on buffering.
        for item in answer["queue"]:
            if item["path"].startswith("intd") and item.get("content"):
                del item["content"]
                item["content_partial"] = ("how much had been written depends on"
                                           " buffering")
    if before is not None:
        answer["queue_before_signal"] = before
    if trigger is not None:
        try:
            answer["trigger_bytes"] = os.read(trigger, 100).decode("latin-1")
        except BlockingIOError:
            answer["trigger_bytes"] = ""
        os.close(trigger)
    return answer


def _become_queue(case: Case, message: tuple[int, int], envelope: tuple[int, int]) -> None:
    """In the child: becomes qmail-queue with the two pipes on 0 and 1."""
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.dup2(message[0], 0)
        os.dup2(envelope[0], 1)
        os.closerange(3, 64)
        if case.get("note") == "fd 0 closed":
            os.close(0)
        if case.get("note") == "fd 1 closed":
            os.close(1)
        entry = pwd.getpwnam(case.get("user", "root"))
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.execve(place.BIN + "/qmail-queue", ["qmail-queue"], {})
    finally:
        os._exit(199)


def _feed(descriptor: int, text: str) -> None:
    data = place.fill(text)
    try:
        while data:
            data = data[os.write(descriptor, data[:65536]):]
    except BrokenPipeError:
        pass


def _settle(child: int) -> None:
    """Waits until qmail-queue has taken what it was given and sleeps, for more."""
    end, calm = time.monotonic() + 30, 0
    while calm < 3 and time.monotonic() < end:
        time.sleep(0.05)
        with open(f"/proc/{child}/stat", encoding="latin-1") as stat:
            name, state = stat.read().partition("(")[2].rpartition(")")[::2]
        calm = calm + 1 if (name, state[1]) == ("qmail-queue", "S") else 0


def _interrupt(child: int, names: list[str]) -> list[dict[str, Any]]:
    _settle(child)
    seen = snapshot()
    for name in names:
        os.kill(child, getattr(signal, name))
        time.sleep(0.1)
    return seen


def _masked(path: str, data: bytes) -> str:
    text = data.decode("latin-1")
    for user in ("vecjoe", *USERS):
        uid = pwd.getpwnam(user).pw_uid
        name = "<UID>" if user == "vecjoe" else f"<UID:{user}>"
        text = text.replace(f"by uid {uid})", f"by uid {name})")
        text = re.sub(rf"^u{uid}\0", f"u{name}\0", text)
    if path.startswith(("intd", "todo")):
        text = re.sub("\0p\\d+\0", "\0p<PID>\0", text)
    return place.mask(text)


def snapshot() -> list[dict[str, Any]]:
    """All files of messages, with one message's numbers masked."""
    files = []
    for path in place.queue_files():
        full = f"{place.QUEUE}/{path}"
        entry = os.lstat(full)
        parts = path.split("/")
        item: dict[str, Any] = {}
        if len(parts) == 3:
            right = int(parts[1]) == int(parts[2]) % 23
            item["path"] = f"{parts[0]}/<ID%23>/<ID>" if right else "misplaced " + path
            item["id_is_inode"] = int(parts[2]) == entry.st_ino
        elif parts[0] == "pid":
            item["path"] = re.sub(r"\d+\.\d+\.(\d+)", r"<PID>.<TIME>.\1", path)
        else:
            item["path"] = parts[0] + "/<ID>"
        item["mode"] = f"{stat.S_IMODE(entry.st_mode):o}"
        item["owner"] = pwd.getpwuid(entry.st_uid).pw_name
        item["group"] = grp.getgrgid(entry.st_gid).gr_name
        item["nlink"] = entry.st_nlink
        item["content"] = _masked(path, pathlib.Path(full).read_bytes())
        files.append(item)
    return files


def _entry(path: str, name: str) -> dict[str, Any]:
    info = os.lstat(path)
    return {"path": name, "mode": f"{stat.S_IMODE(info.st_mode):o}",
            "owner": pwd.getpwuid(info.st_uid).pw_name,
            "group": grp.getgrgid(info.st_gid).gr_name}


def _kind(path: str) -> str:
    mode = os.lstat(path).st_mode
    if stat.S_ISDIR(mode):
        return "dir"
    return "fifo" if stat.S_ISFIFO(mode) else "file"


def _walk(top: str, leave: tuple[str, ...] = ()) -> list[str]:
    found = []
    for where, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name not in leave)
        found += [f"{where}/{name}" for name in folders + sorted(names)]
    return found


def _queue_tree() -> list[dict[str, Any]]:
    place.empty_queue()
    tree = []
    for path in _walk(place.QUEUE):
        kind = _kind(path)
        size = os.stat(path).st_size if kind == "file" else None
        tree.append({**_entry(path, os.path.relpath(path, place.QUEUE)),
                     "type": kind, "size": size})
    return tree


def _install_tree() -> list[dict[str, Any]]:
    for name in ("users", "alias"):
        place.empty(f"{place.PREFIX}/{name}")
    leave = ("queue", "man", "doc", "control")
    return [{**_entry(path, os.path.relpath(path, place.PREFIX)), "type": _kind(path)}
            for path in _walk(place.PREFIX, leave)]


def clean(case: Case) -> Case:
    place.fresh()
    place.empty_queue()
    for item in case["files_before"]:
        path = f"{place.QUEUE}/{item['path']}"
        place.write(path, "x", owner="qmailq")
        then = time.time() - item["age"]
        os.utime(path, (then, then))
    stranger = case.get("note", "").startswith("run by a user without")
    code, out, err = place.run([place.BIN.encode() + b"/qmail-clean"],
                               place.fill(case["stdin"]), place.environment({}),
                               **place.become("vecjoe" if stranger else "qmailq"))
    return {"exit": code, "stdout": out.decode("latin-1"), "stderr": err.decode("latin-1"),
            "files_after": sorted(place.queue_files())}
