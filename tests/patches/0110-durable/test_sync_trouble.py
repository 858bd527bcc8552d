# SPDX-License-Identifier: 0BSD
"""A directory that cannot be synced: temporary trouble, as with a file; and none at all
where the file system does not know the service."""
from __future__ import annotations

import os
import pathlib
import pwd
import subprocess

import pytest

from mailhost import BIN, DOMAIN, HOME, PATH, QUEUE, USER, Mailhost, wait_for

MESSAGE = b"Subject: x\n\nhello\n"


def failing(error: str, when: str) -> list[str]:
    """Runs a command, each of whose processes sees fsync fail at its n-th call, and has
    no syncfs."""
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,syncfs",
            "-e", f"inject=fsync:error={error}:when={when}",
            "-e", "inject=syncfs:error=ENOSYS"]


def queue(tmp_path: pathlib.Path, error: str, when: int) -> int:
    (tmp_path / "0").write_bytes(MESSAGE)
    (tmp_path / "1").write_bytes(b"Fs@far.test\0T" + USER.encode() + b"\0\0")
    with open(tmp_path / "0", "rb") as first, open(tmp_path / "1", "rb") as second:
        return subprocess.run(
            [*failing(error, str(when)), BIN / "qmail-queue"], stdin=first,
            stdout=second, check=False, timeout=60).returncode


def deliver(error: str, when: int, mailbox: str, tmp_path: pathlib.Path) -> int:
    """qmail-local, as the user."""
    entry = pwd.getpwnam("vecjoe")
    (tmp_path / "0").write_bytes(MESSAGE)
    with open(tmp_path / "0", "rb") as first:
        return subprocess.run(
            [*failing(error, str(when)), BIN / "qmail-local", "--", "vecjoe", HOME, "vecjoe",
             "", "", DOMAIN, "s@far.test", mailbox], stdin=first, user=entry.pw_uid,
            group=entry.pw_gid, extra_groups=[], cwd="/", check=False,
            stdout=subprocess.PIPE, timeout=60).returncode


# What is synced: the envelope, the message, its directory, todo.
@pytest.mark.parametrize("when, code", [(1, 53), (2, 53), (3, 53), (4, 66)])
def test_qmail_queue_does_not_accept_what_it_cannot_sync(
        when: int, code: int, host: Mailhost, tmp_path: pathlib.Path) -> None:
    assert queue(tmp_path, "EIO", when) == code
    assert bool(host.queue_files()) == (when == 4)


@pytest.mark.parametrize("error", ["EINVAL", "EOPNOTSUPP"])
@pytest.mark.parametrize("when, code", [(2, 53), (3, 0), (4, 0), (5, 0)])
def test_a_file_system_that_syncs_no_directories_takes_mail(
        when: int, code: int, error: str, host: Mailhost, tmp_path: pathlib.Path) -> None:
    assert queue(tmp_path, error, when) == code


@pytest.mark.parametrize("mailbox, left", [("./Maildir/", None), ("./box", b"")])
@pytest.mark.parametrize("when", [1, 2])
def test_a_delivery_that_cannot_be_synced_is_put_off(
        mailbox: str, left: bytes | None, when: int, host: Mailhost,
        tmp_path: pathlib.Path) -> None:
    (HOME / ".qmail").unlink()
    assert deliver("EIO", when, mailbox, tmp_path) == 111
    if left is None:
        assert not host.mail()
    else:
        assert (HOME / "box").read_bytes() == left


def test_an_mbox_that_is_there_needs_no_sync_of_its_directory(
        host: Mailhost, tmp_path: pathlib.Path) -> None:
    (HOME / ".qmail").unlink()
    host.home_file("box", "From x\n\nwas there\n\n")
    assert deliver("EIO", 2, "./box", tmp_path) == 0
    assert (HOME / "box").read_bytes().endswith(b"hello\n\n")


def test_a_maildir_that_its_owner_cannot_list_still_gets_mail(
        host: Mailhost, tmp_path: pathlib.Path) -> None:
    (HOME / ".qmail").unlink()
    (HOME / "Maildir/new").chmod(0o300)
    assert deliver("EIO", 99, "./Maildir/", tmp_path) == 0
    assert len(host.mail()) == 1


def test_qmail_send_keeps_a_message_in_todo_until_it_is_synced(host: Mailhost) -> None:
    assert host.submit() == 0
    number = os.listdir(QUEUE / "todo")[0]
    with open(host.log, "ab") as log:
        host.sender = subprocess.Popen(
            [*failing("EIO", "1..6"), BIN / "qmail-start", "./Mailbox"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.DEVNULL,
            env={"PATH": PATH}, cwd="/", start_new_session=True)
    wait_for(lambda: "warning: cannot sync " in host.said(), what="a warning")
    assert (QUEUE / "todo" / number).exists()
    assert "starting delivery" not in host.said()
    host.kill_all()
    host.start()
    host.wait_mail()


def test_what_could_not_be_synced_away_is_removed_later(host: Mailhost) -> None:
    """The message in mess goes only after the names that it had elsewhere."""
    host.start()
    assert host.sender
    tracer = subprocess.Popen(
        [*failing("EIO", "5+"), "-p", str(host.sender.pid)], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: "TracerPid:\t0" not in pathlib.Path(
            f"/proc/{host.sender.pid}/status").read_text(), what="strace to look on")
        assert host.submit() == 0
        wait_for(lambda: "warning: cannot sync the directory of " in host.said(),
                 what="a warning")
        assert len(host.mail()) == 1 and "end msg" in host.said()
        assert [path for path in host.queue_files() if path.startswith("mess/")]
    finally:
        tracer.terminate()
        tracer.wait(timeout=30)
    assert host.stop() == 0
    assert not host.queue_files()
