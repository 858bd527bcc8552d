# SPDX-License-Identifier: 0BSD
"""The world a case is played in: installation, queue, scratch directory, programs."""
from __future__ import annotations

import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from typing import Any, Callable, Mapping, Sequence

PREFIX = "/var/qmail"
BIN = PREFIX + "/bin"
QUEUE = PREFIX + "/queue"
TMP = "/mnt/case"
HOME = "/home/vecjoe"
HOST = socket.gethostname()

# Stands in for qmail-queue: keeps each message and its envelope in a directory.
KEEPER = """#!/bin/sh
k=0
until mkdir "$FQ_OUT/$k" 2>/dev/null; do k=$((k + 1)); done
cat >"$FQ_OUT/$k/message"
cat <&1 >"$FQ_OUT/$k/envelope"
exit "${FQ_EXIT:-0}"
"""

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)"
_CLOCK = r"\d\d:\d\d:\d\d"


def _year() -> str:
    now = time.time()
    return "(?:%s)" % "|".join({str(time.gmtime(t).tm_year) for t in (now, now - 3600)})


# What changes from run to run, and what stands for it in the cases.
_Y = _year()
_VOLATILE = [(re.compile(pattern), name) for pattern, name in (
    (rf"\b\d{{1,2}} {_MONTH} {_Y} {_CLOCK} -0000", "<DATE822>"),
    (rf"\b\d{{1,2}} {_MONTH} {_Y} {_CLOCK} ([+-]\d{{4}})", r"<DATE822LOCAL> \1"),
    (rf"\b{_DAY} {_MONTH} [ \d]\d {_CLOCK} {_Y}", "<CTIME>"),
    (rf"\b{_Y}\d{{10}}\.\d+\.qmail", "<TIME14>.<PID>.qmail"),
    (r"\d+:Kok \d{9,11} qp \d+,", "<LEN>:Kok <TIME> qp <PID>,"),
    (r"ok \d{9,11} qp \d+", "ok <TIME> qp <PID>"),
    (r"\(qmail \d+ invoked", "(qmail <PID> invoked"),
)]

Rule = tuple[str, Any]


def mask(data: bytes | str, rules: Sequence[Rule] = ()) -> str:
    """The text with everything volatile replaced by its placeholder."""
    text = data if isinstance(data, str) else data.decode("latin-1")
    for pattern, name in rules:
        text = re.sub(pattern, name, text)
    for compiled, name in _VOLATILE:
        text = compiled.sub(name, text)
    text = text.replace(TMP, "<TMP>").replace(PREFIX, "<PREFIX>")
    return text.replace(HOST, "<HOST>") if len(HOST) > 3 else text


def fill(text: str) -> bytes:
    """The bytes that a case's text with placeholders stands for."""
    text = text.replace("<PREFIX>", PREFIX).replace("<TMP>", TMP)
    for user in ("vecjoe", "alias"):
        if f"<{user.upper()}_" in text:
            entry = pwd.getpwnam(user)
            text = text.replace(f"<{user.upper()}_UID>", str(entry.pw_uid))
            text = text.replace(f"<{user.upper()}_GID>", str(entry.pw_gid))
    return text.encode("latin-1")


def utf8(text: str) -> str:
    """The bytes of a text that was recorded as characters."""
    return text.encode().decode("latin-1")


def filled(text: str) -> str:
    return fill(text).decode("latin-1")


def write(path: str, text: str, mode: int = 0o644, owner: str = "") -> None:
    with open(path, "wb") as out:
        out.write(fill(text))
    os.chmod(path, mode)
    if owner:
        give(path, owner)


def give(path: str, owner: str) -> None:
    entry = pwd.getpwnam(owner)
    os.lchown(path, entry.pw_uid, entry.pw_gid)


def remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def empty(directory: str, but: Callable[[str], bool] = lambda name: False) -> None:
    for name in os.listdir(directory):
        if not but(name):
            remove(f"{directory}/{name}")


def fresh(mode: int = 0o755) -> None:
    """An empty scratch directory."""
    shutil.rmtree(TMP, ignore_errors=True)
    os.makedirs(TMP)
    os.chmod(TMP, mode)


def controls(files: Mapping[str, str] | None) -> None:
    """Makes these the only control files; None leaves them alone."""
    if files is None:
        return
    empty(PREFIX + "/control")
    for name, text in files.items():
        write(f"{PREFIX}/control/{name}", text)
    if "morercpthosts" in files:
        subprocess.run([BIN + "/qmail-newmrh"], env={}, check=False)


def queue_files() -> list[str]:
    """All messages' files, by path below the queue."""
    found = []
    for top in ("pid", "mess", "intd", "todo", "info", "local", "remote", "bounce"):
        for where, _, names in sorted(os.walk(f"{QUEUE}/{top}")):
            found += [os.path.relpath(f"{where}/{name}", QUEUE) for name in sorted(names)]
    return found


def empty_queue() -> None:
    for path in queue_files():
        os.unlink(f"{QUEUE}/{path}")


def keeper() -> None:
    write(TMP + "/fakeq", KEEPER, 0o755)
    os.makedirs(TMP + "/fq")
    os.chmod(TMP + "/fq", 0o777)


def kept(rules: Sequence[Rule] = ()) -> list[dict[str, str]]:
    """What the stand-in for qmail-queue was given."""
    messages = []
    for number in sorted(os.listdir(TMP + "/fq"), key=int):
        message = {}
        for part in ("message", "envelope"):
            path = f"{TMP}/fq/{number}/{part}"
            if os.path.exists(path):
                message[part] = mask(pathlib.Path(path).read_bytes(), rules)
        messages.append(message)
    return messages


def arguments(argv: Sequence[str]) -> list[bytes]:
    return [fill(word) for word in argv]


def environment(env: Mapping[str, str], path: str = "/usr/bin:/bin") -> dict[bytes, bytes]:
    full = {key.encode(): fill(value) for key, value in env.items()}
    full.setdefault(b"PATH", fill(path))
    return full


def become(user: str, group: str = "") -> dict[str, Any]:
    """Popen's arguments for running as a user."""
    entry = pwd.getpwnam(user)
    gid = grp.getgrnam(group).gr_gid if group else entry.pw_gid
    return {"user": entry.pw_uid, "group": gid, "extra_groups": []}


def run(argv: Sequence[bytes], stdin: Any, env: Mapping[bytes, bytes], limit: float = 60,
        **how: Any) -> tuple[int | None, bytes, bytes]:
    """Runs a program; its exit code is None if the limit was reached."""
    if isinstance(stdin, bytes):
        data, stdin = stdin, subprocess.PIPE
    else:
        data = None
    how.setdefault("cwd", TMP)
    how.setdefault("umask", 0o022)
    how.setdefault("stderr", subprocess.PIPE)
    child = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE, env=env,
                             start_new_session=True, **how)
    try:
        out, err = child.communicate(data, timeout=limit)
        return child.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        return None, out, err


def tree(top: str, rules: Sequence[Rule] = (), content: bool = True) -> list[dict[str, Any]]:
    """The files below a directory, as the cases list them."""
    listed = []
    for where, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            path = f"{where}/{name}"
            entry = os.lstat(path)
            item: dict[str, Any] = {"path": mask(path.encode(), rules),
                                    "mode": f"{stat.S_IMODE(entry.st_mode):o}"}
            if stat.S_ISREG(entry.st_mode) and content:
                item["content"] = mask(pathlib.Path(path).read_bytes(), rules)
            elif stat.S_ISLNK(entry.st_mode):
                item["link"] = os.readlink(path)
            elif stat.S_ISFIFO(entry.st_mode):
                item["type"] = "fifo"
            elif stat.S_ISSOCK(entry.st_mode):
                item["type"] = "socket"
            listed.append(item)
    return listed


def lay(files: Mapping[str, Mapping[str, Any]], top: str = TMP) -> None:
    """Makes the files that a case's "fs" describes."""
    for name, what in files.items():
        path = filled(name) if name[0] in "/<" else f"{top}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if "symlink" in what:
            os.symlink(filled(what["symlink"]), path)
            continue
        if what.get("dir"):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, int(what["mode"], 8))
        else:
            write(path, what.get("content", ""), int(what["mode"], 8))


def wait_for(true: Callable[[], Any], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return bool(true())
