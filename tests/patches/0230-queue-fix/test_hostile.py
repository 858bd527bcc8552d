# SPDX-License-Identifier: 0BSD
"""A mail account that wants root to do something for it outside of the queue."""
from __future__ import annotations

import os
import pathlib
import pwd
import shutil
import subprocess
import time
from typing import Iterator

import pytest

from fixqueue import IN_ORDER, QUARANTINED, QUEUE, TO_DO, TROUBLE, away, fix, read
from mailhost import DOMAIN, Mailhost
from queueformat import new_mess, new_todo, place, put

PRIZE = QUEUE.with_name("prize")  # in the queue's file system, so that links reach it
SECRET = b"root:$6$secret:20000:0:99999:7:::\n"


@pytest.fixture
def prize(host: Mailhost) -> Iterator[pathlib.Path]:
    """A directory of root's, with one file; neither may change."""
    shutil.rmtree(PRIZE, ignore_errors=True)
    PRIZE.mkdir(mode=0o700)
    (PRIZE / "shadow").write_bytes(SECRET)
    (PRIZE / "shadow").chmod(0o600)
    before = [(path.lstat().st_ino, path.lstat().st_mode, path.lstat().st_uid,
               path.lstat().st_gid) for path in (PRIZE, PRIZE / "shadow")]
    yield PRIZE
    after = [(path.lstat().st_ino, path.lstat().st_mode, path.lstat().st_uid,
              path.lstat().st_gid) for path in (PRIZE, PRIZE / "shadow")]
    assert after == before
    assert (PRIZE / "shadow").read_bytes() == SECRET
    assert [path.name for path in PRIZE.iterdir()] == ["shadow"]
    shutil.rmtree(PRIZE)


@pytest.mark.parametrize("part", ["mess", "info", "local", "todo", "pid", "lock"])
def test_a_link_in_a_folder_s_place_is_not_followed(part: str, prize: pathlib.Path) -> None:
    shutil.rmtree(QUEUE / part)
    (QUEUE / part).symlink_to(prize)
    for options in ([], ["--repair"]):
        result = fix(*options)
        assert result.returncode == TROUBLE and part in result.stderr, result


@pytest.mark.parametrize("part", ["mess/3", "info/3", "remote/0"])
def test_a_link_in_a_subdirectory_s_place_goes(part: str, prize: pathlib.Path) -> None:
    (QUEUE / part).rmdir()
    (QUEUE / part).symlink_to(prize)
    assert fix("--repair").returncode == IN_ORDER
    assert (QUEUE / part).is_dir() and not (QUEUE / part).is_symlink()
    read()


@pytest.mark.parametrize("part", ["mess", "info", "local", "todo", "intd", "bounce"])
@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_link_to_a_file_of_root_s_gives_nothing_away(kind: str, part: str,
                                                       prize: pathlib.Path) -> None:
    number = new_mess(b"tok1x\n")
    new_todo(number, "tok1x@far.test", f"vecjoe@{DOMAIN}", intd=part != "intd")
    path = place(part, number)
    path.unlink(missing_ok=True)
    if part in ("local",):
        put("info", number, b"Ftok1x@far.test\0")
    if kind == "hard":
        os.link(prize / "shadow", path)
    else:
        path.symlink_to(prize / "shadow")
    assert fix("--repair").returncode in (IN_ORDER, QUARANTINED)
    read()
    assert not path.exists()


@pytest.mark.parametrize("part, content", [
    ("mess", b"Received: (qmail 1 invoked by uid 0); x\n"), ("info", b"Ftok1x@far.test\0"),
    ("local", b"Ttok1x@far.test\0"), ("todo", b"u0\0p1\0Ftok1x@far.test\0T@\0"),
    ("intd", b"u0\0"), ("bounce", b"<x>:\n")])
def test_a_hard_link_with_the_right_contents_gives_nothing_away(
        part: str, content: bytes, prize: pathlib.Path) -> None:
    number = new_mess(b"tok1x\n")
    if part in ("local", "bounce"):
        put("info", number, b"Ftok1x@far.test\0")
    (prize / "alike").write_bytes(content)
    (prize / "alike").chmod(0o640)
    place(part, number).unlink(missing_ok=True)
    os.link(prize / "alike", place(part, number))
    assert fix("--repair").returncode in (IN_ORDER, QUARANTINED)
    status = (prize / "alike").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (0, 0, 0o640)
    assert not place(part, number).exists()
    (prize / "alike").unlink()


def test_the_old_file_of_a_replaced_secret_is_not_given_away(prize: pathlib.Path) -> None:
    """Its only name is in the queue by now; it is no file of the queue by its contents."""
    number = new_mess(b"tok1x\n")
    (prize / "old").write_bytes(SECRET)
    (prize / "old").chmod(0o600)
    for part in ("mess", "info", "todo", "intd", "local", "bounce"):
        path = place(part, number)
        path.unlink(missing_ok=True)
        os.link(prize / "old", path)
        (prize / "old").unlink()
        assert fix("--repair").returncode in (IN_ORDER, QUARANTINED)
        (found,) = [entry for entry in (QUEUE / "quarantine").iterdir()
                    if entry.read_bytes() == SECRET]
        assert (found.stat().st_uid, found.stat().st_mode & 0o777) == (0, 0o600)
        found.rename(prize / "old")
    (prize / "old").unlink()


@pytest.mark.parametrize("name", ["tcpto", "sendmutex", "trigger"])
@pytest.mark.parametrize("kind", ["symbolic", "hard", "fifo"])
def test_what_stands_in_lock_is_not_written_to(kind: str, name: str, prize: pathlib.Path
                                               ) -> None:
    path = QUEUE / "lock" / name
    path.unlink()
    if kind == "hard":
        os.link(prize / "shadow", path)
    elif kind == "symbolic":
        path.symlink_to(prize / "shadow")
    else:
        os.mkfifo(path)
    assert fix().returncode == TO_DO
    assert fix("--repair").returncode == IN_ORDER
    read()


def test_a_quarantine_that_is_not_root_s_is_refused(prize: pathlib.Path) -> None:
    put("info", 999999, b"x")
    trap = QUEUE / "quarantine"
    trap.symlink_to(prize)
    result = fix("--repair")
    assert result.returncode == TROUBLE and "put away" in result.stderr, result
    trap.unlink()
    trap.mkdir()
    os.chown(trap, pwd.getpwnam("qmailq").pw_uid, 0)
    result = fix("--repair")
    assert result.returncode == TROUBLE and "put away" in result.stderr, result
    assert place("info", 999999).exists() and not list(trap.iterdir())
    trap.rmdir()
    assert fix("--repair").returncode == IN_ORDER
    assert away() == [("info", b"x")]


RACER = """
import os, sys, time
queue, prize = sys.argv[1:]
os.chdir(queue + "/info")
end = time.monotonic() + 300
while time.monotonic() < end:
    for change in (lambda: os.rename("3", "3.away"), lambda: os.symlink(prize, "3"),
                   lambda: os.unlink("3"), lambda: os.rename("3.away", "3"),
                   lambda: os.unlink("4/27"), lambda: os.link(prize + "/shadow", "4/27"),
                   lambda: os.symlink(prize + "/shadow", "4/50")):
        try:
            change()
        except OSError:
            pass
"""


def test_an_account_that_swaps_names_all_the_time_wins_nothing(prize: pathlib.Path) -> None:
    prize.chmod(0o711)  # the link to the file can be made
    (prize / "shadow").chmod(0o666)
    account = pwd.getpwnam("qmails")
    try:
        with subprocess.Popen(["python3", "-c", RACER, QUEUE, prize], user=account.pw_uid,
                              group=account.pw_gid, extra_groups=[]) as racer:
            try:
                runs, enough = 0, time.monotonic() + 4
                while runs < 4 or time.monotonic() < enough:
                    fix("--repair", *([], ["--split", "7"])[runs % 2])
                    status = (prize / "shadow").stat()
                    assert (status.st_uid, status.st_mode & 0o777) == (0, 0o666)
                    assert (prize.stat().st_uid, prize.stat().st_mode & 0o777) == (0, 0o711)
                    runs += 1
                assert racer.poll() is None, "nobody swapped names any more"
            finally:
                racer.kill()
    finally:
        (prize / "shadow").chmod(0o600)
        prize.chmod(0o700)
