# SPDX-License-Identifier: 0BSD
"""todo and intd may be hashed; whichever way a file lies, it is found."""
from __future__ import annotations

import grp
import os
import pwd
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from mailhost import BIN, QUEUE, USER, Mailhost
from queueformat import finish, new_mess, new_todo, place, put, records

SPLIT = 23
HASHED = ("todo", "intd")
MODES = {"todo": 0o750, "intd": 0o700}
TEXT = b"Subject: x\n\nhello\n"
SOURCE = "/mnt/out/src"


def make_parts(folders: tuple[str, ...] = HASHED, parts: Iterator[int] | range = range(SPLIT)
               ) -> None:
    """Subdirectories, as `make install BIGTODO=1` makes them."""
    for folder in folders:
        for number in parts:
            path = QUEUE / folder / str(number)
            path.mkdir(exist_ok=True)
            os.chown(path, pwd.getpwnam("qmailq").pw_uid, grp.getgrnam("qmail").gr_gid)
            path.chmod(MODES[folder])


def remove_parts() -> None:
    for folder in HASHED:
        for path in (QUEUE / folder).iterdir():
            if path.is_dir():
                for name in path.iterdir():
                    name.unlink()
                path.rmdir()


@pytest.fixture
def host(host: Mailhost) -> Iterator[Mailhost]:
    yield host
    host.kill_all()
    remove_parts()


def hashed(folder: str, number: int) -> Path:
    return QUEUE / folder / str(number % SPLIT) / str(number)


def flat(folder: str, number: int) -> Path:
    return QUEUE / folder / str(number)


def lay(number: int, recipient: str, todo_hashed: bool, intd_hashed: bool) -> None:
    """An envelope with either name in either place."""
    new_todo(number, "s@far.test", recipient)
    for folder, move in (("todo", todo_hashed), ("intd", intd_hashed)):
        if move:
            flat(folder, number).rename(hashed(folder, number))


def arrived() -> int:
    """The number of the only message in the queue."""
    numbers = [int(path.name) for path in (QUEUE / "mess").glob("*/*")]
    assert len(numbers) == 1
    return numbers[0]


def test_a_queue_is_flat_until_asked(host: Mailhost) -> None:
    assert host.submit() == 0
    number = arrived()
    assert flat("todo", number).is_file() and flat("intd", number).is_file()


def test_with_subdirectories_new_files_are_hashed(host: Mailhost) -> None:
    make_parts()
    assert host.submit() == 0
    number = arrived()
    assert sorted(host.queue_files()) == sorted([
        f"mess/{number % SPLIT}/{number}", f"intd/{number % SPLIT}/{number}",
        f"todo/{number % SPLIT}/{number}"])
    assert os.path.samefile(hashed("todo", number), hashed("intd", number))


@pytest.mark.parametrize("folder, other", [("todo", "intd"), ("intd", "todo")])
def test_each_folder_decides_for_itself(folder: str, other: str, host: Mailhost) -> None:
    make_parts((folder,))
    assert host.submit() == 0
    number = arrived()
    assert hashed(folder, number).is_file() and flat(other, number).is_file()
    host.start()
    host.wait_mail()
    host.wait_done()


def test_hashed_mail_is_delivered_and_leaves_nothing(host: Mailhost) -> None:
    make_parts()
    for _ in range(30):
        assert host.submit() == 0
    host.start()
    host.wait_mail(30)
    for _ in range(5):
        assert host.submit() == 0
    host.wait_mail(35)
    host.wait_done()
    assert len(host.mail()) == 35


def test_a_mixed_queue_is_finished(host: Mailhost) -> None:
    make_parts()
    for k in range(40):
        lay(new_mess(TEXT), USER, bool(k & 1), bool(k & 2))
    host.start()
    host.wait_mail(40)
    host.wait_done()
    assert len(host.mail()) == 40


def test_a_queue_is_hashed_and_made_flat_again_under_way(host: Mailhost) -> None:
    host.start()
    assert host.submit() == 0
    make_parts()
    assert host.submit() == 0
    host.wait_mail(2)
    host.wait_done()
    remove_parts()
    assert host.submit() == 0
    host.wait_mail(3)
    host.wait_done()


def test_a_part_of_the_subdirectories_is_enough_to_work(host: Mailhost) -> None:
    make_parts(parts=range(0, SPLIT, 2))
    for _ in range(30):
        assert host.submit() == 0
    for path in (QUEUE / "mess").glob("*/*"):
        number = int(path.name)
        assert (flat if number % SPLIT % 2 else hashed)("todo", number).is_file()
    host.start()
    host.wait_mail(30)
    host.wait_done()


def test_preprocessing_that_was_cut_short_begins_anew(host: Mailhost) -> None:
    make_parts()
    number = new_mess(TEXT)
    lay(number, USER, True, True)
    put("info", number, b"Fwrong@far")
    put("local", number, records("T", "vecjoe-wrong@local.test"))
    host.start()
    host.wait_done()
    assert len(host.mail()) == 1
    assert host.mail()[0].startswith(b"Return-Path: <s@far.test>")
    assert f"Delivered-To: {USER}\n".encode() in host.mail()[0]


def test_what_is_no_message_in_a_subdirectory_stays(host: Mailhost) -> None:
    make_parts()
    number = new_mess(TEXT)
    strays = [QUEUE / "todo/3/x", QUEUE / "todo/3/0100",
              QUEUE / f"todo/{(number + 1) % SPLIT}/{number}"]
    for path in strays:
        path.write_bytes(b"u1\0p1\0Fs@far.test\0T" + USER.encode() + b"\0")
        finish(path, "todo", None)
    host.start()
    assert host.submit() == 0
    host.wait_mail()
    assert host.stop() == 0
    assert all(path.is_file() for path in strays)
    assert len(host.mail()) == 1 and "warning" not in host.said()


@pytest.mark.parametrize("todo_hashed", [False, True])
@pytest.mark.parametrize("intd_hashed", [False, True])
def test_qmail_clean_finds_the_files(
        todo_hashed: bool, intd_hashed: bool, host: Mailhost) -> None:
    make_parts()
    first, second = new_mess(TEXT), new_mess(TEXT)
    for number in first, second:
        lay(number, USER, todo_hashed, intd_hashed)
    run = subprocess.run([BIN / "qmail-clean"], input=b"todo/%d\0foop/%d\0" % (first, second),
                         capture_output=True, check=True, timeout=30)
    assert run.stdout == b"++"
    todo = (hashed if todo_hashed else flat)("todo", second)
    assert host.queue_files() == [
        os.path.relpath(path, QUEUE) for path in (place("mess", first), todo)]


def test_qmail_qstat_counts_both_kinds(host: Mailhost) -> None:
    make_parts()
    for todo_hashed in (False, True, True):
        lay(new_mess(TEXT), USER, todo_hashed, todo_hashed)
    run = subprocess.run([BIN / "qmail-qstat"], capture_output=True, text=True, check=True)
    assert run.stdout == ("messages in queue: 3\n"
                          "messages in queue but not yet preprocessed: 3\n")


def showctl(**how: object) -> list[str]:
    run = subprocess.run([BIN / "qmail-showctl"], capture_output=True, text=True, check=True,
                         **how)  # type: ignore[call-overload]
    return [line for line in run.stdout.splitlines()
            if line.startswith(("queue/todo", "queue/intd"))]


def test_qmail_showctl_tells_the_layout(host: Mailhost) -> None:
    assert showctl() == ["queue/todo: flat.", "queue/intd: flat."]
    make_parts(("todo",))
    make_parts(("intd",), range(3))
    assert showctl() == ["queue/todo: hashed.",
                         "queue/intd: hashed in part, which works: 3 subdirectories."]
    user = pwd.getpwnam("vecjoe")
    assert all("only root" in line for line in
               showctl(user=user.pw_uid, group=user.pw_gid, extra_groups=[]))


def table(tmp_path: Path, *settings: str) -> set[str]:
    subprocess.run(["make", "-s", "-C", SOURCE, f"BUILD={tmp_path}", *settings,
                    f"{tmp_path}/install.tab"], check=True, timeout=120)
    return {line for line in (tmp_path / "install.tab").read_text().splitlines()
            if " queue/todo/" in line or " queue/intd/" in line}


def test_the_installation_makes_subdirectories_when_asked(tmp_path: Path) -> None:
    assert table(tmp_path) == set()
    assert table(tmp_path, "BIGTODO=1") == {
        f"d qmailq qmail {MODES[folder]:04o} queue/{folder}/{number} -"
        for folder in HASHED for number in range(SPLIT)}
    assert table(tmp_path) == set()
