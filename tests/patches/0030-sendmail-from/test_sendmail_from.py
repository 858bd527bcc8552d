# SPDX-License-Identifier: 0BSD
"""sendmail -f names the author, too."""
import os
import shutil
import subprocess
from pathlib import Path
from typing import Iterator, Optional

import pytest

PREFIX = Path("/var/qmail")
SOMEBODY = {"USER": "caller", "NAME": "Real Name", "MAILNAME": "Mail Name",
            "QMAILNAME": "Q Name", "QMAILHOST": "qh.test", "MAILHOST": "mh.test",
            "MAILUSER": "mu", "QMAILUSER": "qu"}


@pytest.fixture(autouse=True)
def control(tmp_path: Path) -> Iterator[None]:
    """A configuration of our own; the one that was there comes back."""
    folder = PREFIX / "control"
    shutil.copytree(folder, tmp_path / "control")
    for name in os.listdir(folder):
        (folder / name).unlink()
    (folder / "me").write_text("me.test\n")
    (folder / "defaulthost").write_text("default.test\n")
    (folder / "defaultdomain").write_text("domain.test\n")
    yield
    for name in os.listdir(folder):
        (folder / name).unlink()
    shutil.copytree(tmp_path / "control", folder, dirs_exist_ok=True)


@pytest.fixture(autouse=True)
def taken(tmp_path: Path) -> Iterator[None]:
    """In place of qmail-queue a program that keeps what it is given."""
    program = PREFIX / "bin/qmail-queue"
    program.rename(PREFIX / "bin/qmail-queue.real")
    program.write_text(f"#!/bin/sh\ncat >{tmp_path}/message\ncat <&1 >{tmp_path}/envelope\n")
    program.chmod(0o755)
    yield
    (PREFIX / "bin/qmail-queue.real").rename(program)


def sendmail(folder: Path, *options: str, message: bytes = b"\nx\n",
             env: Optional[dict[str, str]] = None) -> tuple[bytes, bytes]:
    """Returns the From field's body and the envelope sender."""
    subprocess.run(
        [str(PREFIX / "bin/sendmail"), *options, "r@y.test"], input=message,
        env={"PATH": "/usr/bin:/bin", **(SOMEBODY if env is None else env)},
        check=True, timeout=30)
    fields = (folder / "message").read_bytes().split(b"\n")
    authors = [line[6:] for line in fields if line.startswith(b"From: ")]
    assert len(authors) == 1, fields
    return authors[0], (folder / "envelope").read_bytes().split(b"\0")[0][1:]


def test_the_sender_is_the_author_whatever_the_environment_says(tmp_path: Path) -> None:
    assert sendmail(tmp_path, "-fs@x.test") == (b"s@x.test", b"s@x.test")


@pytest.mark.parametrize("given, author", [
    ("s", b"s@default.test"),
    ("a@b@x.test", b'"a@b"@x.test'),
    ("", b'""@default.test'),
    ("@x.test", b'""@x.test'),
    ("s@x", b"s@x.domain.test"),
])
def test_the_last_at_sign_divides_the_address(
        given: str, author: bytes, tmp_path: Path) -> None:
    assert sendmail(tmp_path, "-f", given)[0] == author


@pytest.mark.parametrize("options", [("-FName", "-fs@x.test"), ("-fs@x.test", "-FName")])
def test_a_name_has_no_effect_beside_a_sender(
        options: tuple[str, str], tmp_path: Path) -> None:
    assert sendmail(tmp_path, *options)[0] == b"s@x.test"


def test_the_messages_own_author_stays(tmp_path: Path) -> None:
    message = b"From: Somebody <f@f.test>\n\nx\n"
    assert sendmail(tmp_path, "-fs@x.test", message=message) == (
        b"Somebody <f@f.test>", b"s@x.test")


def test_without_a_sender_the_environment_counts(tmp_path: Path) -> None:
    author, sender = sendmail(tmp_path, env={
        "QMAILUSER": "qu", "QMAILHOST": "qh.test", "QMAILNAME": "Q Name"})
    assert author == b'"Q Name" <qu@qh.test>'
    assert sender == b"qu@qh.test"


def test_a_sender_that_makes_no_field_is_refused(tmp_path: Path) -> None:
    run = subprocess.run([str(PREFIX / "bin/sendmail"), "-f", "<a@b>", "r@y.test"],
                         input=b"\nx\n", env=SOMEBODY, stderr=subprocess.PIPE,
                         check=False, timeout=30)
    assert run.returncode == 100
    assert b"unable to parse this line" in run.stderr
