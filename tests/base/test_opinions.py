# SPDX-License-Identifier: 0BSD
"""What programs in .qmail say by their exit codes; the other names of sendmail."""
from __future__ import annotations

import subprocess

import pytest

from mailhost import BIN, USER, Mailhost

YES, NO, LATER = "exit 0", "exit 1", "exit 111"


def ask(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([BIN / words[0], *words[1:]], stdin=subprocess.DEVNULL, env={},
                          capture_output=True, check=False)


@pytest.mark.parametrize("opinion, code", [(YES, 100), (NO, 0), (LATER, 111),
                                           ("kill -9 $$", 111), ("exit 100", 0)])
def test_except_turns_yes_into_no(opinion: str, code: int) -> None:
    assert ask("except", "/bin/sh", "-c", opinion).returncode == code


@pytest.mark.parametrize("opinion, code", [(YES, 100), (NO, 0), (LATER, 111)])
def test_bouncesaying_bounces_if_the_program_says_yes(opinion: str, code: int) -> None:
    run = ask("bouncesaying", "Ducks only.", "/bin/sh", "-c", opinion)
    assert run.returncode == code
    assert (b"Ducks only." in run.stdout + run.stderr) == (code == 100)


@pytest.mark.parametrize("opinion, code", [(YES, 0), (NO, 100), (LATER, 111)])
def test_bouncesaying_and_except_together(opinion: str, code: int) -> None:
    run = ask("bouncesaying", "Ducks only.", str(BIN / "except"), "/bin/sh", "-c", opinion)
    assert run.returncode == code


def test_mailq_lists_the_queue(host: Mailhost) -> None:
    assert ask("mailq").stdout == b""
    assert host.submit([USER]) == 0
    host.start()
    host.wait_done()
    host.stop()
    assert host.submit(["u@remote.test"]) == 0
    listed = ask("mailq")
    assert listed.returncode == 0
    assert listed.stdout == ask("qmail-qread").stdout == ask("sendmail", "-bp").stdout


def test_newaliases_refuses() -> None:
    run = ask("newaliases")
    assert run.returncode == 100 and b"newaliases" in run.stderr
