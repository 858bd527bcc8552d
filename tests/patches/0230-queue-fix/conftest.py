# SPDX-License-Identifier: 0BSD
"""A queue that may be spoilt."""
from __future__ import annotations

from typing import Iterator

import pytest

import fixqueue
from mailhost import Mailhost


@pytest.fixture
def host(host: Mailhost) -> Iterator[Mailhost]:
    """Also: the queue is new, and afterwards again."""
    fixqueue.fresh()
    yield host
    host.kill_all()
    fixqueue.fresh()
