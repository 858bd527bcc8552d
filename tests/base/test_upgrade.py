# SPDX-License-Identifier: 0BSD
"""A rehearsed upgrade. The home of an earlier qmail, made file by file, with users, aliases,
a virtual domain and mail in every state in its queue, is taken over; then the programs of
the base alone, which stand for the earlier qmail, take it back with mail under way again.
Every message arrives, once."""
from __future__ import annotations

import collections
import os
import pathlib
import pwd
import re
import shutil
import signal
import struct
import subprocess
import time
from typing import Iterator

import pytest

import peers
import queueformat
from mailhost import BIN, DOMAIN, HOME, PREFIX, QUEUE, Mailhost, wait_for
from queueformat import new_mess, new_todo, put, records

HOUR = 3600
VIRTUAL = "virtual.test"
OLD_BASE = pathlib.Path("/tmp/base-alone")


def cdb(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """A constant database, by its published format."""
    def digest(key: bytes) -> int:
        number = 5381
        for byte in key:
            number = ((number << 5) + number & 0xffffffff) ^ byte
        return number
    body, slots = b"", collections.defaultdict(list)
    for key, value in pairs:
        slots[digest(key) & 255].append((digest(key), 2048 + len(body)))
        body += struct.pack("<II", len(key), len(value)) + key + value
    head, tail = b"", b""
    for number in range(256):
        size = 2 * len(slots[number])
        head += struct.pack("<II", 2048 + len(body) + len(tail), size)
        table = [(0, 0)] * size
        for one, position in slots[number]:
            at = (one >> 8) % size
            while table[at][1]:
                at = (at + 1) % size
            table[at] = (one, position)
        tail += b"".join(struct.pack("<II", *slot) for slot in table)
    return head + body + tail


def assign_users() -> None:
    """joe and joe-anything are vecjoe's, by users/assign as its compiler left it."""
    entry = pwd.getpwnam("vecjoe")
    fields = ("vecjoe", str(entry.pw_uid), str(entry.pw_gid), str(HOME))
    lines = [f"=joe:{':'.join(fields)}:-:joe:", f"+joe-:{':'.join(fields)}:-:joe-:", "."]
    data = ["\0".join([*fields, "-", rest]).encode() for rest in ("joe", "joe-")]
    (PREFIX / "users/assign").write_text("\n".join(lines) + "\n")
    (PREFIX / "users/cdb").write_bytes(
        cdb([(b"!joe\0", data[0]), (b"!joe-", data[1]), (b"", b"-")]))


def configure(host: Mailhost) -> None:
    host.control(me=DOMAIN, locals=DOMAIN, rcpthosts=f"{DOMAIN}\n{VIRTUAL}\n",
                 virtualdomains=f"{VIRTUAL}:vecjoe-virt\n", smtproutes=":127.0.0.2",
                 concurrencyincoming="40", defaultdelivery="./Maildir/")
    host.home_file(".qmail-joe", "# by users/assign\n./Maildir/\n")
    host.home_file(".qmail-joe-default", "./Maildir/\n")
    host.home_file(".qmail-virt-default", "./Maildir/\n")
    host.home_file(".qmail-list", f"./Maildir/\n&vecjoe-member@{DOMAIN}\n&u@remote.test\n")
    host.home_file(".qmail-program", "|cat >>program.out\n./Maildir/\n")
    host.home_file(".qmail-mbox", "./box\n")
    host.home_file(".qmail-later", "|test -f ready || exit 111\n./Maildir/\n")
    (PREFIX / "alias/.qmail-postmaster").write_text(f"&vecjoe-pm@{DOMAIN}\n")
    (PREFIX / "alias/.qmail-default").write_text(f"&vecjoe-any@{DOMAIN}\n")


def letter(token: str) -> bytes:
    return f"Subject: {token}\n\n{token}\n".encode()


def preprocessed(token: str, local: bytes, remote: bytes = b"", bounce: bytes = b"") -> None:
    """A message that was under way: qmail-send had been through it once."""
    number, before = new_mess(letter(token)), time.time() - HOUR
    put("info", number, f"Fvecjoe-owner@{DOMAIN}\0".encode(), before)
    for part, content in (("local", local), ("remote", remote), ("bounce", bounce)):
        if content:
            put(part, number, content, before)


def fill_queue() -> None:
    far = "s@far.test"
    for intd in (True, False):
        new_todo(new_mess(letter(f"todo-{intd}")), far, f"joe@{DOMAIN}", f"joe-x@{DOMAIN}",
                 f"info@{VIRTUAL}", "r@remote.test", intd=intd)
    new_todo(new_mess(letter("forward")), far, f"vecjoe-list@{DOMAIN}")
    new_todo(new_mess(letter("program")), far, f"vecjoe-program@{DOMAIN}")
    new_todo(new_mess(letter("mbox")), far, f"vecjoe-mbox@{DOMAIN}")
    new_todo(new_mess(letter("alias")), far, f"postmaster@{DOMAIN}", f"nobody@{DOMAIN}")
    preprocessed("under-way", records("DT", f"vecjoe-gone@{DOMAIN}", f"vecjoe-here@{DOMAIN}"),
                 records("TD", "q@remote.test", "gone@remote.test"))
    preprocessed("virtual", records("T", f"vecjoe-virt-old@{VIRTUAL}"))
    preprocessed("bounced", records("D", f"vecjoe-gone@{DOMAIN}"),
                 bounce=b"<x@remote.test>:\nno such user\n\n")


def arrived(host: Mailhost) -> "collections.Counter[tuple[str, str]]":
    """(token, last recipient) of all in the Maildir."""
    found: "collections.Counter[tuple[str, str]]" = collections.Counter()
    for text in host.mail():
        token = re.search(rb"^Subject: (.*)$", text, re.M)
        whom = re.search(rb"^Delivered-To: (.*)$", text, re.M)
        assert token and whom
        found[token[1].decode(), whom[1].decode()] += 1
    return found


def sent(sink: peers.Sink) -> "collections.Counter[tuple[str, str]]":
    found: "collections.Counter[tuple[str, str]]" = collections.Counter()
    for text in sink.messages():
        token = re.search(rb"^Subject: (.*?)\r?$", text, re.M)
        assert token
        for whom in re.findall(rb"^X-Rcpt-Args: <(.*?)>", text, re.M):
            found[token[1].decode(), whom.decode()] += 1
    return found


LOCAL = collections.Counter({
    **{(f"todo-{intd}", f"{name}@{domain}"): 1 for intd in (True, False)
       for name, domain in (("joe", DOMAIN), ("joe-x", DOMAIN),
                            ("vecjoe-virt-info", VIRTUAL))},
    ("forward", f"vecjoe-list@{DOMAIN}"): 1, ("forward", f"vecjoe-member@{DOMAIN}"): 1,
    ("program", f"vecjoe-program@{DOMAIN}"): 1,
    ("alias", f"vecjoe-pm@{DOMAIN}"): 1, ("alias", f"vecjoe-any@{DOMAIN}"): 1,
    ("under-way", f"vecjoe-here@{DOMAIN}"): 1,
    ("virtual", f"vecjoe-virt-old@{VIRTUAL}"): 1,
    ("failure notice", f"vecjoe-owner@{DOMAIN}"): 1,
})
REMOTE = collections.Counter({
    ("todo-True", "r@remote.test"): 1, ("todo-False", "r@remote.test"): 1,
    ("forward", "u@remote.test"): 1, ("under-way", "q@remote.test"): 1})


def install(source: pathlib.Path, build: pathlib.Path) -> None:
    """What the admin does: the new programs in the place of the old."""
    subprocess.run(["./install-tree", str(build), "", str(PREFIX)], cwd=source, check=True,
                   stdout=subprocess.DEVNULL)


def install_ours() -> None:
    install(pathlib.Path("/mnt/out/src"), pathlib.Path("/mnt/out/obj"))


@pytest.fixture(scope="module")
def base_alone() -> Iterator[pathlib.Path]:
    """The base, built without any patch: what --upto 0000 builds."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("CFLAGS", "LDFLAGS", "MAKEFLAGS", "CPPFLAGS")}
    subprocess.run(["make", "-s", "-j2", "-C", "/mnt/repo/upstream", f"BUILD={OLD_BASE}",
                    "CFLAGS=-O1"], env=environment, check=True, stdout=subprocess.DEVNULL)
    yield OLD_BASE
    install_ours()


def remove_programs() -> None:
    """The earlier programs are gone: none of them does what is seen."""
    shutil.rmtree(BIN)
    BIN.mkdir()
    for name in ("qmail-send", "qmail-queue", "qmail-local"):
        (BIN / name).write_text("#!/bin/sh\nexit 111\n")
        (BIN / name).chmod(0o755)


def check_all(host: Mailhost, sink: peers.Sink) -> None:
    host.wait_done(90)
    assert arrived(host) == LOCAL and sent(sink) == REMOTE
    assert (HOME / "program.out").read_bytes().count(b"\nprogram\n") == 1
    assert (HOME / "box").read_bytes().count(b"\nmbox\n") == 1
    assert queueformat.read() == []


def test_a_legacy_home_is_taken_over(host: Mailhost, sink: peers.Sink) -> None:
    configure(host)
    assign_users()
    fill_queue()
    remove_programs()
    install_ours()
    host.start()
    check_all(host, sink)
    assert sorted(path.name for path in (PREFIX / "users").iterdir()) == ["assign", "cdb"]
    for name in ("concurrencyincoming", "defaultdelivery"):
        assert (PREFIX / "control" / name).exists()


def test_qmail_newu_compiles_the_same_users(host: Mailhost) -> None:
    assign_users()
    before = (PREFIX / "users/cdb").read_bytes()
    subprocess.run([BIN / "qmail-newu"], check=True)
    after = (PREFIX / "users/cdb").read_bytes()
    assert len(after) == len(before) and after[:2048] == before[:2048]


def test_the_way_back_with_mail_under_way(host: Mailhost, sink: peers.Sink,
                                          base_alone: pathlib.Path) -> None:
    configure(host)
    assign_users()
    host.start()
    assert host.submit([f"vecjoe-later@{DOMAIN}", f"joe@{DOMAIN}"], letter("later")) == 0
    sink.stop()
    assert host.submit(["r@remote.test"], letter("remote")) == 0
    wait_for(lambda: host.said().count("deferral: ") >= 2, 60, host.said())
    host.stop()
    host.kill_all()
    assert host.submit([f"vecjoe-{name}@{DOMAIN}" for name in "abc"], letter("arrived")) == 0
    fill_queue()
    before = len(list(QUEUE.glob("mess/*/*")))
    install(pathlib.Path("/mnt/repo/upstream"), base_alone)
    assert len(list(QUEUE.glob("mess/*/*"))) == before
    subprocess.run([BIN / "qmail-instcheck"], check=True, stdout=subprocess.DEVNULL)
    (HOME / "ready").touch()
    sink.start()
    host.start()
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)
    host.wait_done(90)
    more = collections.Counter({
        ("later", f"joe@{DOMAIN}"): 1, ("later", f"vecjoe-later@{DOMAIN}"): 1,
        **{("arrived", f"vecjoe-{name}@{DOMAIN}"): 1 for name in "abc"}})
    assert arrived(host) == LOCAL + more
    assert sent(sink) == REMOTE + collections.Counter({("remote", "r@remote.test"): 1})
