# SPDX-License-Identifier: 0BSD
"""Fixtures for tests that run in a world (tests/lib/world)."""
from __future__ import annotations

import os
import pathlib
import shutil
from typing import Iterator

import pytest

import peers
from mailhost import Mailhost

REPORTS = pathlib.Path("/tmp/sanitizer")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "every_prefix: runs on every prefix of the stack")


@pytest.fixture(autouse=True)
def sanitizer_reports() -> Iterator[None]:
    """With a sanitized build, whatever a sanitizer found fails the test it found it in."""
    if os.environ.get("SANITIZED"):
        shutil.rmtree(REPORTS, ignore_errors=True)
        REPORTS.mkdir()
        REPORTS.chmod(0o1777)
    yield
    if os.environ.get("SANITIZED"):
        found = [path.read_text(errors="replace")[:2000] for path in REPORTS.iterdir()]
        assert not found, "\n".join(found)


@pytest.fixture
def host() -> Iterator[Mailhost]:
    """An installation in its first state: nothing runs, no mail, `me` is local.test."""
    mailhost = Mailhost()
    mailhost.reset()
    yield mailhost
    mailhost.kill_all()


@pytest.fixture
def running(host: Mailhost) -> Mailhost:
    """The same, with qmail-send and an SMTP server on port 25 at work."""
    host.start()
    host.serve_smtp()
    return host


@pytest.fixture
def sink() -> Iterator[peers.Sink]:
    """Another MTA's SMTP server on 127.0.0.2:25, the exchanger of remote.test."""
    server = peers.Sink()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def names() -> Iterator[None]:
    """A DNS server that knows remote.test and its exchanger."""
    server = peers.name_server()
    yield
    server.terminate()
    server.wait()
