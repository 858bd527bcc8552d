# SPDX-License-Identifier: 0BSD
"""The small programs that are not run by a delivery, and a way to those that are."""
from __future__ import annotations

import os
import pathlib
import re
import socket
import stat
import struct
import subprocess
import threading
import time
from typing import Callable

from . import mailbox, oneshot, place
from .cases import Case
from .nameserver import PTR, NameServer

_TCPTO = place.QUEUE + "/lock/tcpto"


def _plain(case: Case, stdin: str = "", umask: int = 0o022) -> tuple[int | None, bytes, bytes]:
    return place.run([f"{place.BIN}/{case['program']}".encode()] +
                     place.arguments(case.get("argv", [])), place.fill(stdin),
                     place.environment({}), umask=umask)


def _maildirmake(case: Case) -> Case:
    if case["id"] == "maildirmake-1":
        os.mkdir(place.TMP + "/M")
    elif case["id"] == "maildirmake-5":
        place.write(place.TMP + "/M", "")
    code, out, err = _plain(case, umask=0)
    made = [f"{os.path.relpath(where, place.TMP)} {stat.S_IMODE(os.stat(where).st_mode):o}"
            for where, _, _ in os.walk(place.TMP) if where != place.TMP]
    return {"exit": code, "stdout": place.mask(out), "stderr": place.mask(err),
            "tree": sorted(made)}


def _showctl(case: Case) -> Case:
    place.controls(case["control"])
    if case["id"] == "showctl-3":
        os.mkdir(place.PREFIX + "/control/adir")
    code, out, err = _plain(case)
    return {"exit": code, "stdout": place.mask(out), "stderr": place.mask(err)}


def _queue_reader(case: Case) -> Case:
    place.empty_queue()
    for item in case["files"]:
        path = f"{place.QUEUE}/{item['path']}"
        place.write(path, place.utf8(item["content"]), owner="qmails")
        os.utime(path, (item["mtime"], item["mtime"]))
    code, out, err = _plain(case)
    place.empty_queue()
    return {"exit": code, "stdout": place.mask(out), "stderr": place.mask(err)}


def timeout_record(address: str, count: int, age: float) -> bytes:
    """A record of lock/tcpto."""
    return (socket.inet_aton(address) + bytes([count, 0, 0, 0]) +
            struct.pack("<I", int(time.time() - age)) + b"\0" * 4)


def write_timeouts(data: bytes, size: int = 1024) -> None:
    """Fills the table in place, as its readers share the file."""
    with open(_TCPTO, "r+b") as table:
        table.truncate(0)
        table.write(data.ljust(size, b"\0"))


def _tcpto(case: Case) -> Case:
    write_timeouts(b"".join(timeout_record(*record) for record in case["records"]))

    def rounded(match: re.Match[str]) -> str:
        age = int(match[1])
        return f"out {age // 10 * 10 if age > 20 else '<FEW>'} sec"

    code, out, _ = _plain(case)
    return {"exit": code, "stdout": re.sub(r"out (\d+) sec", rounded, out.decode())}


def _tcpok(case: Case) -> Case:
    if case["id"] == "tcpok-zerosize":
        write_timeouts(b"", 0)
    else:
        write_timeouts(timeout_record("1.2.3.4", 3, 100))
    code, out, err = _plain(case)
    after = pathlib.Path(_TCPTO).read_bytes()
    answer: Case = {"exit": code, "file_size_after": len(after)}
    if "stdout" in case:
        answer |= {"stdout": out.decode(), "stderr": err.decode(),
                   "all_zero_after": not any(after)}
    return answer


def _splogger(case: Case) -> Case:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("/dev/log")
        try:
            code, out, err = _plain(case, case["stdin"])
            log.setblocking(False)
            lines = []
            try:
                while True:
                    lines.append(log.recv(4096).decode("latin-1"))
            except BlockingIOError:
                pass
        finally:
            os.unlink("/dev/log")
    stamps: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return stamps.setdefault(match[0], f"<STAMP{len(stamps) + 1}>")

    lines = [re.sub(r"^(<\d+>)\w{3} [ \d]\d \d\d:\d\d:\d\d ", r"\1<SYSLOGTIME> ", line)
             for line in lines]
    return {"exit": code, "stdout": out.decode(), "stderr": err.decode(),
            "syslog": [re.sub(r"\b\d{9,11}\.\d{6}", named, line) for line in lines]}


def _identd(listener: socket.socket, reply: str) -> None:
    try:
        peer, _ = listener.accept()
    except OSError:
        return
    with peer:
        ports = peer.recv(100).strip().decode()
        peer.sendall(reply.replace("PORTS", ports).encode() + b"\r\n")


def _tcp_env(case: Case) -> Case:
    """On a real connection; the note says who answers for DNS and ident."""
    note = case["note"].replace("connection 127.0.0.1:<PORT> -> 127.0.0.1:2600", "").strip()
    dns, ident = None, None
    if note.startswith(("PTR", "identd")):
        dns = NameServer()
        dns.everything = None if "NXDOMAIN" in note else [(PTR, "Host.EXAMPLE")]
    if note.startswith("identd answers "):
        ident = socket.create_server(("127.0.0.1", 113))
        threading.Thread(target=_identd, args=(ident, note[15:]), daemon=True).start()
    try:
        with socket.create_server(("127.0.0.1", 2600)) as listener:
            client = socket.create_connection(("127.0.0.1", 2600))
            server, peer = listener.accept()
            with client, server:
                child = subprocess.run(
                    [place.BIN.encode() + b"/tcp-env"] + place.arguments(case["argv"]),
                    stdin=server, capture_output=True, timeout=60, check=False,
                    env=place.environment(case["env"]))
    finally:
        for closing in (dns, ident):
            if closing:
                closing.close()
    lines = [line for line in child.stdout.decode().split("\n")
             if line and not line.startswith(("PATH", "PWD", "_", "SHLVL"))]
    text = "\n".join(sorted(lines)).replace(f"REMOTEPORT={peer[1]}", "REMOTEPORT=<PORT>")
    return {"exit": child.returncode, "stdout_sorted": text,
            "stderr": child.stderr.decode()}


_BY_PROGRAM: dict[str, Callable[[Case], Case]] = {
    "maildirmake": _maildirmake, "qmail-showctl": _showctl,
    "qmail-qread": _queue_reader, "qmail-qstat": _queue_reader,
    "qmail-tcpto": _tcpto, "qmail-tcpok": _tcpok, "splogger": _splogger,
    "tcp-env": _tcp_env, "maildir2mbox": mailbox.maildir_tool,
    "maildirwatch": mailbox.maildir_tool,
}


def tools(case: Case) -> Case:
    place.fresh()
    return _BY_PROGRAM.get(case["program"], oneshot.tool)(case)
