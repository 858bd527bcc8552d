# SPDX-License-Identifier: 0BSD
"""What an admin breaks is told clearly, defers mail, and loses none."""
from __future__ import annotations

import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
from typing import Iterator

import pytest

from mailhost import (BIN, DOMAIN, HOME, PATH, PREFIX, QUEUE, USER, Mailhost, body_of, converse,
                      message, wait_for)

SESSION = (b"HELO c\r\nMAIL FROM:<s@far.test>\r\nRCPT TO:<" + USER.encode() +
           b">\r\nDATA\r\nSubject: x\r\n\r\n%s\r\n.\r\nQUIT\r\n")


def smtp(text: bytes = b"small") -> bytes:
    """What the server answers to one message."""
    return converse(SESSION % text, seconds=60)


def again(host: Mailhost) -> None:
    """Every message in the queue is due now."""
    assert host.sender
    host.sender.send_signal(signal.SIGALRM)


def deferred(host: Mailhost, text: str) -> None:
    """One message waits, for the reason given; nothing came of it so far."""
    wait_for(lambda: "deferral: " in host.said(), what=host.said())
    assert text in host.said(), host.said()
    assert host.queue_files() and not host.mail()


def delivered_later(host: Mailhost) -> None:
    again(host)
    (got,) = host.wait_mail()
    assert body_of(got) == b"hello\n"
    host.wait_done()


# Control files

def unreadable(name: str) -> None:
    (PREFIX / "control" / name).unlink(missing_ok=True)
    (PREFIX / "control" / name).mkdir()


@pytest.mark.parametrize("name", ["me", "locals", "virtualdomains", "concurrencylocal",
                                  "percenthack", "queuelifetime", "bouncehost"])
@pytest.mark.parametrize("how", ["directory", "mode 0"])
def test_qmail_send_does_not_start_without_reading_a_control_file(
        name: str, how: str, host: Mailhost) -> None:
    if how == "directory":
        unreadable(name)
    else:
        host.control(**{name: "1"})
        (PREFIX / "control" / name).chmod(0)
    assert host.submit() == 0
    run = subprocess.run([BIN / "qmail-start", "./Mailbox"], capture_output=True, text=True,
                         env={"PATH": PATH}, timeout=30, check=False)
    assert "alert: cannot start: unable to read controls" in run.stdout
    shutil.rmtree(PREFIX / "control" / name, ignore_errors=True)
    host.control(me=DOMAIN, **({} if name == "me" else {name: None}))
    host.start()
    host.wait_mail()


@pytest.mark.parametrize("name", ["me", "rcpthosts", "badmailfrom", "databytes",
                                  "smtpgreeting", "localiphost", "timeoutsmtpd"])
def test_the_smtp_server_takes_nothing_without_reading_a_control_file(
        name: str, host: Mailhost) -> None:
    unreadable(name)
    run = subprocess.run([BIN / "qmail-smtpd"], input=SESSION % b"x", capture_output=True,
                         env={"PATH": PATH}, timeout=30, check=False)
    assert (run.returncode, run.stdout) == (1, b"421 unable to read controls (#4.3.0)\r\n")
    assert not host.queue_files()


def test_a_broken_morercpthosts_cdb_is_temporary(host: Mailhost) -> None:
    (PREFIX / "control/morercpthosts.cdb").write_bytes(b"not a cdb")
    run = subprocess.run([BIN / "qmail-smtpd"], capture_output=True, env={"PATH": PATH},
                         input=b"MAIL FROM:<a@b>\r\nRCPT TO:<u@other.test>\r\nQUIT\r\n",
                         timeout=30, check=False)
    assert b"\r\n421 " in run.stdout or b"\r\n451 " in run.stdout, run.stdout


@pytest.mark.parametrize("name", ["me", "defaultdomain", "idhost"])
def test_qmail_inject_fails_for_now_without_reading_a_control_file(
        name: str, host: Mailhost) -> None:
    unreadable(name)
    run = subprocess.run([BIN / "qmail-inject", USER], input=b"\nx\n", capture_output=True,
                         env={"PATH": PATH, "USER": "u"}, timeout=30, check=False)
    assert run.returncode == 111
    assert b"qmail-inject: fatal: " in run.stderr
    assert not host.queue_files()


@pytest.mark.parametrize("name", ["smtproutes", "helohost", "timeoutremote", "timeoutconnect"])
def test_a_remote_delivery_waits_for_a_readable_control_file(
        name: str, running: Mailhost) -> None:
    unreadable(name)
    assert running.submit(["u@remote.test"]) == 0
    deferred(running, "delivery 1: deferral: ")
    assert "control" in running.said().partition("deferral: ")[2]


# users/cdb, homes, .qmail

@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 2048, b"\x00" * 2047,
                                     b"\x00\x08\x00\x00\xff\xff\xff\xff" * 256])
def test_a_broken_users_cdb_defers_local_mail(content: bytes, running: Mailhost) -> None:
    table = PREFIX / "users/cdb"
    table.write_bytes(content)
    assert running.submit() == 0
    deferred(running, "Trouble_reading_users/cdb_in_qmail-lspawn.")
    table.unlink()
    delivered_later(running)


def broken_home(kind: str, host: Mailhost) -> None:
    if kind == "writable home":
        HOME.chmod(0o777)
    elif kind == "sticky home":
        HOME.chmod(0o1755)
    elif kind == "writable .qmail":
        (HOME / ".qmail").chmod(0o666)
    elif kind == "blank .qmail":
        host.home_file(".qmail", "\n./Maildir/\n")
    elif kind == "no maildir":
        (HOME / "Maildir").rename(HOME / "Away")
    elif kind == "foreign maildir":
        os.chown(HOME / "Maildir/tmp", 0, 0)
    elif kind == "unreadable .qmail":
        os.chown(HOME / ".qmail", 0, 0)
        (HOME / ".qmail").chmod(0)


@pytest.mark.parametrize("kind", ["writable home", "sticky home", "writable .qmail",
                                  "blank .qmail", "no maildir", "foreign maildir",
                                  "unreadable .qmail"])
def test_a_home_that_is_not_right_defers_mail(kind: str, running: Mailhost) -> None:
    try:
        broken_home(kind, running)
        assert running.submit() == 0
        wait_for(lambda: "deferral: " in running.said(), what=running.said())
    finally:
        HOME.chmod(0o755)
        if (HOME / "Away").exists():
            (HOME / "Away").rename(HOME / "Maildir")
        running.home_file(".qmail", "./Maildir/\n")
        owner = HOME.stat()
        os.chown(HOME / "Maildir/tmp", owner.st_uid, owner.st_gid)
    delivered_later(running)


def test_a_missing_qmail_getpw_defers(running: Mailhost) -> None:
    """(A missing qmail-local or qmail-remote bounces: 1.03 takes it for final.)"""
    with moved_away(BIN / "qmail-getpw"):
        assert running.submit() == 0
        deferred(running, "Unable_to_run_qmail-getpw.")
    delivered_later(running)


@pytest.mark.parametrize("end", ["exit 1", "exit 100", "exit 127", "kill -9 $$", "echo x"])
def test_a_qmail_getpw_that_does_not_work_defers(end: str, running: Mailhost) -> None:
    """127 is what the dynamic linker exits with when a library is missing."""
    program = BIN / "qmail-getpw"
    with moved_away(program):
        program.write_text(f"#!/bin/sh\n{end}\n")
        program.chmod(0o755)
        assert running.submit() == 0
        deferred(running, "Unable_to_run_qmail-getpw.")
        program.unlink()
    delivered_later(running)


def test_few_descriptors_do_not_stop_deliveries(host: Mailhost) -> None:
    """Fewer than the deliveries that a spawner could have under way."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, before[1]))
    try:
        host.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert host.submit() == 0
    host.wait_mail()
    host.wait_done()


@pytest.mark.skipif(bool(os.environ.get("SANITIZED")), reason="sanitizers take all addresses")
def test_an_mbox_stays_as_it_was_when_memory_runs_out(host: Mailhost) -> None:
    host.home_file(".qmail", "./Mailbox\n")
    mbox = host.home_file("Mailbox", "From old\n\nold\n\n")
    text = HOME / "text"
    text.write_bytes(message("short\n" * 5000 + "x" * 40_000_000 + "\n"))
    owner = HOME.stat()
    with open(text, "rb") as source:
        run = subprocess.run(
            ["prlimit", "--as=30000000", BIN / "qmail-local", "--", "vecjoe", HOME, "vecjoe",
             "", "", DOMAIN, "s@far.test", "./Mailbox"], stdin=source, capture_output=True,
            user=owner.st_uid, group=owner.st_gid, extra_groups=[], check=False)
    text.unlink()
    assert (run.returncode, run.stderr) == (111, b"Out of memory. (#4.3.0)\n")
    assert mbox.read_text() == "From old\n\nold\n\n"


# The queue

@contextlib.contextmanager
def moved_away(place: pathlib.Path) -> Iterator[None]:
    other = place.with_name(place.name + ".away")
    place.rename(other)
    try:
        yield
    finally:
        other.rename(place)


@pytest.mark.parametrize("part", ["mess", "intd", "todo", "pid", "."])
def test_a_missing_queue_directory_is_a_temporary_refusal(part: str, host: Mailhost) -> None:
    host.serve_smtp()
    with moved_away(QUEUE if part == "." else QUEUE / part):
        assert b"451 qq trouble creating files in queue (#4.3.0)" in smtp()
        run = subprocess.run([BIN / "qmail-inject", USER], input=b"\nx\n", capture_output=True,
                             env={"PATH": PATH, "USER": "u"}, timeout=30, check=False)
        assert run.returncode == 111
        assert b"qq trouble creating files in queue (#4.3.0)" in run.stderr
    host.start()
    assert b"\r\n250 ok 1" in smtp()
    host.wait_mail()


def test_a_missing_queue_keeps_qmail_send_from_starting(host: Mailhost) -> None:
    with moved_away(QUEUE):
        run = subprocess.run([BIN / "qmail-start", "./Mailbox"], capture_output=True, text=True,
                             env={"PATH": PATH}, timeout=30, check=False)
    assert "alert: cannot start: unable to switch to queue directory" in run.stdout
    with moved_away(QUEUE / "lock/sendmutex"):
        run = subprocess.run([BIN / "qmail-start", "./Mailbox"], capture_output=True, text=True,
                             env={"PATH": PATH}, timeout=30, check=False)
    assert "alert: cannot start: unable to open mutex" in run.stdout


def test_a_second_qmail_send_does_not_start(running: Mailhost) -> None:
    run = subprocess.run([BIN / "qmail-start", "./Mailbox"], capture_output=True, text=True,
                         env={"PATH": PATH}, timeout=30, check=False)
    assert "alert: cannot start: qmail-send is already running" in run.stdout
    running.submit()
    running.wait_mail()


@pytest.mark.parametrize("part", ["mess", "intd", "todo", "pid"])
def test_a_queue_directory_of_another_owner_is_a_temporary_refusal(
        part: str, host: Mailhost) -> None:
    host.serve_smtp()
    places = [QUEUE / part, *(QUEUE / part).glob("*")]
    before = [place.stat() for place in places]
    for place in places:
        os.chown(place, 0, 0)
        place.chmod(0o700)
    try:
        assert b"451 qq trouble creating files in queue (#4.3.0)" in smtp()
    finally:
        for place, entry in zip(places, before):
            os.chown(place, entry.st_uid, entry.st_gid)
            place.chmod(entry.st_mode & 0o7777)
    host.start()
    assert b"\r\n250 ok 1" in smtp()
    host.wait_mail()


@pytest.mark.parametrize("part", ["info", "local"])
def test_qmail_send_waits_for_a_directory_it_cannot_write(part: str, host: Mailhost) -> None:
    for number in range(23):
        os.chown(QUEUE / part / str(number), 0, 0)
    try:
        host.start()
        assert host.submit() == 0
        wait_for(lambda: re.search("^(warning|alert): ", host.said(), re.M), what=host.said())
        assert not host.mail()
        assert any(path.startswith("todo/") for path in host.queue_files())
    finally:
        owner = (QUEUE / part).stat()
        for number in range(23):
            os.chown(QUEUE / part / str(number), owner.st_uid, owner.st_gid)
    host.stop()
    host.start()
    (got,) = host.wait_mail()
    assert body_of(got) == b"hello\n"
    host.wait_done()


@contextlib.contextmanager
def small_disk(place: pathlib.Path, size: str) -> Iterator[None]:
    """The place's contents on a file system of that size."""
    entry = place.stat()
    disk = pathlib.Path("/mnt/disk")
    disk.mkdir(exist_ok=True)
    options = (f"size={size},mode={entry.st_mode & 0o7777:o},"
               f"uid={entry.st_uid},gid={entry.st_gid}")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], check=True)
    subprocess.run(["cp", "-a", f"{place}/.", f"{disk}/"], check=True)
    subprocess.run(["mount", "--move", disk, place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_queue_disk_refuses_for_now_and_keeps_no_debris(host: Mailhost) -> None:
    host.serve_smtp()
    with small_disk(QUEUE, "1m"):
        answer = smtp(b"\r\n".join([b"y" * 900] * 2000))
        assert b"451 qq write error or disk full (#4.3.0)" in answer
        assert not host.queue_files()
        host.start()
        assert b"\r\n250 ok 1" in smtp()
        host.wait_mail()
        host.wait_done()
        host.kill_all()


def test_qmail_send_goes_on_when_its_disk_was_full(host: Mailhost) -> None:
    """Accepted while there was room; preprocessed when there is room again."""
    with small_disk(QUEUE, "1m"):
        assert host.submit() == 0
        filler = QUEUE / "filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as out:
            while True:
                out.write(b"x" * 4096)
        host.start()
        wait_for(lambda: "warning: " in host.said(), what=host.said())
        assert not host.mail()
        filler.unlink()
        host.stop()
        host.start()
        (got,) = host.wait_mail()
        assert body_of(got) == b"hello\n"
        host.wait_done()
        host.kill_all()


def test_a_full_home_defers_and_leaves_no_half_message(running: Mailhost) -> None:
    with small_disk(HOME, "200k"):
        text = message("x" * 70 * 5000 + "\n")
        assert running.submit(text=text) == 0
        wait_for(lambda: "deferral: " in running.said(), what=running.said())
        assert not running.mail()
        running.home_file(".qmail", "./Mailbox\n")
        (HOME / "Mailbox").write_bytes(b"From old\n\nold\n\n")
        os.chown(HOME / "Mailbox", HOME.stat().st_uid, HOME.stat().st_gid)
        again(running)
        wait_for(lambda: running.said().count("deferral: ") >= 2, what=running.said())
        assert (HOME / "Mailbox").read_bytes() == b"From old\n\nold\n\n"
    again(running)
    (got,) = running.wait_mail()
    assert body_of(got) == b"x" * 70 * 5000 + b"\n"


# The network

def test_a_port_that_is_taken_is_told_and_the_first_server_goes_on(running: Mailhost) -> None:
    run = subprocess.run(["tcpserver", "-H", "-R", "-l", DOMAIN, "127.0.0.1", "25",
                          BIN / "qmail-smtpd"], capture_output=True, text=True, timeout=30,
                         env={"PATH": PATH}, check=False)
    assert run.returncode == 111
    assert "unable to bind: address already used" in run.stderr
    assert b"\r\n250 ok 1" in smtp()
    running.wait_mail()
