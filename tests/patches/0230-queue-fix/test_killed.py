# SPDX-License-Identifier: 0BSD
"""Killed before any of its calls, and run again: nothing is lost, nothing mixed up."""
from __future__ import annotations

import os
import pathlib
import signal
import subprocess

import pytest

import fixqueue
from fixqueue import (FIX, IN_ORDER, LEGACY, QUARANTINED, QUEUE, TOKEN, TO_DO, TROUBLE, Layout,
                      away, fix, fresh)
from mailhost import BIN, DOMAIN, Mailhost
from queueformat import envelope, finish, records

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    library = tmp_path_factory.mktemp("killer") / "killat.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "killat.c", "-ldl"],
                   check=True)
    return library


def contents(token: str, part: str) -> bytes:
    user = f"vecjoe-{token}@{DOMAIN}"
    return {"todo": envelope(f"{token}@far.test", user), "intd": envelope(f"{token}@far.test"),
            "info": f"F{token}@far.test\0".encode(), "local": records("TD", user, user),
            "remote": records("DT", user, user),
            "bounce": f"<{token}@far.test>:\nno\n\n".encode()}[part]


# the messages, by the files beside mess; what lies about belongs to none
STATES = ["todo intd", "todo intd", "todo", "info local", "info remote bounce", "info", "info bounce",
          "intd", "", "info local remote", "local", "todo info local", "todo bounce"]


def build(layout: Layout, cycle: bool) -> None:
    """A queue that root copied, split in that way: numbers are those of other files, in a
    cycle, or of no file; two messages are damaged, and some files have none."""
    fresh(layout)
    inodes = [fixqueue.new_inode(f"tok{n}x") for n in range(len(STATES))]
    for n, state in enumerate(STATES):
        token = f"tok{n}x"
        number = inodes[(n + 1) % len(STATES)][1] if cycle else inodes[n][1] + 1000 * (n + 1)
        inodes[n][0].rename(layout.place("mess", number))
        for part in state.split():
            path = layout.place(part, number)
            if part == "intd" and "todo" in state:
                os.link(layout.place("todo", number), path)
                continue
            path.write_bytes(contents(token, part))
            finish(path, part, 1e9)
            os.chown(path, 0, 0)
    for part in ("info", "todo", "bounce"):
        layout.place(part, 777777 + len(part)).write_bytes(b"tok99x")
    (QUEUE / "lock/trigger").unlink()
    (QUEUE / "bounce").chmod(0o755)


def found(layout: Layout) -> tuple[list[tuple[str, list[str]]], list[tuple[str, bytes]]]:
    """The messages, by their tokens, and what is in quarantine."""
    groups = fixqueue.by_token(fixqueue.read(layout))
    return sorted((token, sorted(parts)) for token, parts in groups.items()), away()


def everything() -> set[tuple[str, bytes]]:
    """Each token in each folder, wherever it is by now."""
    seen = set()
    for where, _, names in os.walk(QUEUE):
        for name in names:
            path = pathlib.Path(where, name)
            if path.is_file():
                part = path.relative_to(QUEUE).parts[0]
                if part == "quarantine":
                    part = name.partition(".")[0]
                for token in TOKEN.findall(path.read_bytes()):
                    seen.add((part, token))
    # the second name of an envelope may be given up
    return {(part, token) for part, token in seen if part != "intd"}


# the last two at each third call
KINDS = [(LEGACY, LEGACY, True, 1), (LEGACY, Layout(23, True), True, 1),
         (Layout(7), LEGACY, False, 3), (Layout(23, True), Layout(5), True, 3)]


@pytest.mark.parametrize("before, after, cycle, step", KINDS)
def test_at_every_call(before: Layout, after: Layout, cycle: bool, step: int,
                       killer: pathlib.Path, host: Mailhost) -> None:
    build(before, cycle)
    whole = everything()
    assert fix("--repair", *after.options()).returncode == QUARANTINED
    wanted = found(after)
    assert {token for token, _ in wanted[0]} | {"tok10x"} == {
        f"tok{n}x" for n in range(len(STATES))}
    for at in range(1, 5000, step):
        build(before, cycle)
        result = fix("--repair", *after.options(), env={
            "LD_PRELOAD": str(killer), "KILL_AT": str(at),
            "ASAN_OPTIONS": "verify_asan_link_order=0"})
        if result.returncode != -signal.SIGKILL:
            break
        assert everything() == whole, at
        again = fix("--repair", *after.options())
        assert again.returncode in (IN_ORDER, QUARANTINED), (at, again)
        assert found(after) == wanted, at
    assert result.returncode == QUARANTINED and found(after) == wanted
    assert 100 < at < 4990


def test_killed_twice(killer: pathlib.Path, host: Mailhost) -> None:
    after = Layout(23, True)
    build(LEGACY, True)
    assert fix("--repair", *after.options()).returncode == QUARANTINED
    wanted = found(after)
    for first in range(5, 130, 25):
        for second in range(3, 100, 16):
            build(LEGACY, True)
            for at in (first, second):
                fix("--repair", *after.options(), env={
                    "LD_PRELOAD": str(killer), "KILL_AT": str(at),
                    "ASAN_OPTIONS": "verify_asan_link_order=0"})
            assert fix("--repair", *after.options()).returncode in (IN_ORDER, QUARANTINED)
            assert found(after) == wanted, (first, second)


@pytest.mark.parametrize("at", [30, 60, 100])
def test_nobody_works_on_a_half_repaired_queue(at: int, killer: pathlib.Path, host: Mailhost
                                               ) -> None:
    build(LEGACY, True)
    result = fix("--repair", env={"LD_PRELOAD": str(killer), "KILL_AT": str(at),
                                  "ASAN_OPTIONS": "verify_asan_link_order=0"})
    assert result.returncode == -signal.SIGKILL
    host.start()
    assert host.sender and host.sender.wait(timeout=20) == TROUBLE
    assert host.submit() in range(61, 67)
    look = fix()
    assert look.returncode == TO_DO and "did not end" in look.stdout
    assert fix("--repair").returncode in (IN_ORDER, QUARANTINED)
    host.start()
    assert host.submit([f"vecjoe-after@{DOMAIN}"]) == 0
    host.wait_mail(1)
