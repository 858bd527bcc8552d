# SPDX-License-Identifier: 0BSD
"""qmail-tlsd, and who vouches for names."""
from __future__ import annotations

import pathlib
from typing import Iterator

import pytest

import tlsservice
from certificates import Authority
from mailhost import Mailhost


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(pathlib.Path("/tmp/authority"))


@pytest.fixture
def service(host: Mailhost) -> Iterator[tlsservice.Service]:
    """It is not running yet."""
    server = tlsservice.Service()
    yield server
    server.end()
    tlsservice.clean()
