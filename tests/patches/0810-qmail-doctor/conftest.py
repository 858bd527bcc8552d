# SPDX-License-Identifier: 0BSD
"""An installation in which nothing is to be found."""
from __future__ import annotations

import pathlib
import shutil

import pytest

import doctor
from mailhost import PREFIX, Mailhost


@pytest.fixture
def host(host: Mailhost) -> Mailhost:
    """Also: it has the usual aliases."""
    doctor.aliases()
    return host


@pytest.fixture
def legacy(host: Mailhost, tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of another qmail's home elsewhere, without programs of ours."""
    home = tmp_path / "qmail"
    shutil.copytree(PREFIX, home, symlinks=True, ignore=shutil.ignore_patterns(
        "bin", "man", "trigger"))
    (home / "bin").mkdir()
    (home / "bin").chmod(0o755)
    queue = home / "bin/qmail-queue"
    queue.write_text("#!/bin/sh\n")
    shutil.chown(queue, "qmailq", "qmail")
    queue.chmod(0o4711)
    return home
