# SPDX-License-Identifier: 0BSD
"""QMAILQUEUE: every program that submits mail runs the program it names."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

import pytest

PREFIX = Path("/var/qmail")
BIN = PREFIX / "bin"
MESSAGE = b"Subject: hello\n\nthe body\n"
SMTP = (b"MAIL FROM:<s@x.test>\r\nRCPT TO:<r@y.test>\r\nDATA\r\n"
        + MESSAGE.replace(b"\n", b"\r\n") + b".\r\nQUIT\r\n")
ENVELOPE = b"Fs@x.test\0Tr@y.test\0\0"


def netstring(text: bytes) -> bytes:
    return b"%d:%s," % (len(text), text)


@dataclass
class Taker:
    """A queue program that keeps what it gets, and where it keeps it."""

    folder: Path
    program: Path

    def envelope(self) -> bytes:
        return (self.folder / "envelope").read_bytes()

    def message(self) -> bytes:
        return (self.folder / "message").read_bytes()

    def ran(self) -> bool:
        return (self.folder / "envelope").exists()


@pytest.fixture
def taker() -> Iterator[Taker]:
    # Not tmp_path: qmail-send's uid must reach it.
    folder = Path(tempfile.mkdtemp(prefix="taker."))
    folder.chmod(0o777)
    program = folder / "program"
    program.write_text(f"#!/bin/sh\ncat >{folder}/message\n"
                       f"cat <&1 >{folder}/envelope.new\n"
                       f"mv {folder}/envelope.new {folder}/envelope\n"
                       'exit "${TAKER_CODE:-0}"\n')
    program.chmod(0o755)
    yield Taker(folder, program)
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def control(tmp_path: Path) -> Iterator[None]:
    """A configuration of our own; the one that was there comes back."""
    shutil.copytree(PREFIX / "control", tmp_path / "control")
    for name in os.listdir(PREFIX / "control"):
        (PREFIX / "control" / name).unlink()
    for name in "me", "locals":
        (PREFIX / "control" / name).write_text("me.test\n")
    yield
    for name in "me", "locals":
        (PREFIX / "control" / name).unlink()
    shutil.copytree(tmp_path / "control", PREFIX / "control", dirs_exist_ok=True)


@dataclass
class Submitter:
    """A way to submit MESSAGE from s@x.test to r@y.test."""

    argv: list[str]
    stdin: bytes = MESSAGE
    env: dict[str, str] = field(default_factory=dict)
    code: int = 0
    envelope: bytes = ENVELOPE


SUBMITTERS = {
    "qmail-smtpd": Submitter(["qmail-smtpd"], SMTP, {"RELAYCLIENT": ""}),
    "qmail-qmtpd": Submitter(
        ["qmail-qmtpd"], netstring(b"\n" + MESSAGE) + netstring(b"s@x.test")
        + netstring(netstring(b"r@y.test")), {"RELAYCLIENT": ""}),
    "qmail-qmqpd": Submitter(["qmail-qmqpd"], netstring(
        netstring(MESSAGE) + netstring(b"s@x.test") + netstring(b"r@y.test"))),
    "qmail-inject": Submitter(["qmail-inject", "-a", "-fs@x.test", "r@y.test"]),
    "sendmail": Submitter(["sendmail", "-fs@x.test", "r@y.test"]),
    "forward": Submitter(["forward", "r@y.test"], env={
        "NEWSENDER": "s@x.test", "DTLINE": "Delivered-To: l@me.test\n"}),
    "condredirect": Submitter(["condredirect", "r@y.test", "true"], env={
        "SENDER": "s@x.test", "DTLINE": "Delivered-To: l@me.test\n"}, code=99),
    "qreceipt": Submitter(
        ["qreceipt", "l@me.test"],
        b"Notice-Requested-Upon-Delivery-To: <l@me.test>\n" + MESSAGE,
        {"SENDER": "r@y.test"}, envelope=b"F\0Tr@y.test\0\0"),
}


def submit(how: Submitter, env: dict[str, str]) -> "subprocess.CompletedProcess[bytes]":
    with tempfile.TemporaryFile() as stdin:  # some rewind it, so it is a file
        stdin.write(how.stdin)
        stdin.seek(0)
        return subprocess.run([str(BIN / how.argv[0]), *how.argv[1:]], stdin=stdin,
                              env={"PATH": f"{BIN}:/usr/bin:/bin", **how.env, **env},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=30, check=False)


@pytest.mark.parametrize("name", SUBMITTERS)
def test_the_named_program_gets_message_and_envelope(name: str, taker: Taker) -> None:
    how = SUBMITTERS[name]
    run = submit(how, {"QMAILQUEUE": str(taker.program)})
    assert run.returncode == how.code, run
    assert taker.ran(), run
    assert taker.envelope() == how.envelope
    if name != "qreceipt":
        assert MESSAGE.rstrip() in taker.message()


def test_qmail_local_forwards_through_the_named_program(
        taker: Taker, tmp_path: Path) -> None:
    (tmp_path / ".qmail").write_text("&r@y.test\n")
    how = Submitter(["qmail-local", "--", "l", str(tmp_path), "l", "", "", "me.test",
                     "s@x.test", "./Mailbox"])
    run = submit(how, {"QMAILQUEUE": str(taker.program)})
    assert run.returncode == 0, run
    assert taker.envelope() == ENVELOPE
    assert MESSAGE in taker.message()


def test_a_bounce_goes_through_the_named_program(taker: Taker) -> None:
    message, envelope = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    message.write(MESSAGE)
    envelope.write(b"Fs@x.test\0Tno-such-user@me.test\0\0")
    message.seek(0)
    envelope.seek(0)
    queue = subprocess.run([str(BIN / "qmail-queue")], stdin=message, stdout=envelope,
                           check=False, timeout=30)
    assert queue.returncode == 0
    send = subprocess.Popen(
        [str(BIN / "qmail-start"), "./Mailbox"],
        env={"PATH": f"{BIN}:/usr/bin:/bin", "QMAILQUEUE": str(taker.program)},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")
    try:
        end = time.monotonic() + 20
        while not taker.ran() and time.monotonic() < end:
            time.sleep(0.05)
        assert taker.ran(), "no bounce within 20 s"
        assert taker.envelope() == b"F\0Ts@x.test\0\0"
        assert b"no-such-user@me.test" in taker.message()
    finally:
        send.send_signal(signal.SIGTERM)
        send.wait(timeout=30)


def test_without_the_variable_the_message_is_queued(taker: Taker) -> None:
    before = {path for path in (PREFIX / "queue/mess").glob("*/*")}
    run = submit(SUBMITTERS["qmail-smtpd"], {})
    assert b"\r\n250 ok" in run.stdout and b" qp " in run.stdout, run
    new = {path for path in (PREFIX / "queue/mess").glob("*/*")} - before
    assert len(new) == 1
    message = new.pop()
    assert MESSAGE in message.read_bytes()
    for folder in "intd", "todo":
        (PREFIX / "queue" / folder / message.name).unlink()
    message.unlink()


@pytest.mark.parametrize("program, env, reply, code", [
    ("/nonexistent", {}, b"451 unable to exec qq (#4.3.0)", 111),
    ("", {}, b"451 unable to exec qq (#4.3.0)", 111),
    ("TAKER", {"TAKER_CODE": "71"},
     b"451 mail server temporarily rejected message (#4.3.0)", 111),
    ("TAKER", {"TAKER_CODE": "31"},
     b"554 mail server permanently rejected message (#5.3.0)", 100),
], ids=["missing", "empty name", "temporary", "permanent"])
def test_the_named_programs_failure_is_the_submitters(
        program: str, env: dict[str, str], reply: bytes, code: int,
        taker: Taker) -> None:
    env = {**env, "QMAILQUEUE": str(taker.program) if program == "TAKER" else program}
    assert reply in submit(SUBMITTERS["qmail-smtpd"], env).stdout
    assert submit(SUBMITTERS["qmail-inject"], env).returncode == code


def test_a_program_that_dies_is_a_temporary_failure(tmp_path: Path) -> None:
    program = tmp_path / "dies"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    run = submit(SUBMITTERS["qmail-smtpd"], {"QMAILQUEUE": str(program)})
    assert b"451 qq crashed (#4.3.0)" in run.stdout
