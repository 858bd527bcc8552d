# SPDX-License-Identifier: 0BSD
"""kill -9 at every system call of each program of the queue: what was accepted is
delivered, whole, to whom it was for."""
from __future__ import annotations

import pathlib
import sys
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "crash"))

import kills  # noqa: E402
import rig  # noqa: E402
from drain import Verdict  # noqa: E402
from mailhost import Mailhost  # noqa: E402

pytestmark = pytest.mark.every_prefix


@pytest.fixture(autouse=True)
def leave(host: Mailhost) -> Iterator[None]:
    yield
    rig.leave(host)


def check(verdict: Verdict, calls: int, at_least: int) -> None:
    print(f"killed at {calls} calls; {verdict}")
    assert verdict.good(), (verdict.lost, verdict.wrong, verdict.broken)
    assert calls >= at_least


@pytest.mark.parametrize("program", kills.SERVER)
def test_a_program_of_the_server_may_be_killed_at_any_call(
        program: str, host: Mailhost) -> None:
    check(*kills.kill_server(host, program), at_least=8)


def test_qmail_queue_may_be_killed_at_any_call(host: Mailhost) -> None:
    check(*kills.kill_queue(host), at_least=8)
