# SPDX-License-Identifier: 0BSD
"""A machine that stops between two system calls, on a disk that keeps their order:
nothing that was accepted is lost, whatever the moment."""
from __future__ import annotations

import pathlib
import sys
from typing import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "crash"))

import rig  # noqa: E402
from drain import try_all  # noqa: E402
from mailhost import Mailhost  # noqa: E402
from scenes import SCENES, Scene, cases, record  # noqa: E402

pytestmark = pytest.mark.every_prefix


@pytest.fixture(autouse=True)
def leave(host: Mailhost) -> Iterator[None]:
    yield
    rig.leave(host)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_nothing_accepted_is_lost_wherever_it_stops(scene: Scene, host: Mailhost) -> None:
    some = list(cases(scene, record(scene, host), limit=1, orderly=True))
    verdict = try_all(host, some)
    print(f"{scene.name}: {verdict}")
    assert verdict.good(), (verdict.lost, verdict.wrong, verdict.broken)
    assert verdict.states >= 5
