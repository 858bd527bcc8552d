# SPDX-License-Identifier: 0BSD
"""./build.sh run: the first command of the README, as root or as anybody.

TRIAL_OUT is where it builds. Nothing here needs a world.
"""
from __future__ import annotations

import os
import pathlib
import re
import signal
import socket
import subprocess
import time
from typing import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(os.environ.get("TRIAL_OUT", ROOT / "out"))
PEERS = pathlib.Path(os.environ.get("TEST_PEERS") or "/nonexistent")
HOMES = OUT / "run/home"
READY = "Ctrl-C stops everything."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Trial:
    """A server started by ./build.sh run; ready when it says how it ends."""

    def __init__(self, *arguments: str) -> None:
        self.port = free_port()
        self.told = OUT / "told"
        OUT.mkdir(parents=True, exist_ok=True)
        self.told.write_text("")
        began = time.monotonic()
        with open(self.told, "wb") as told:
            self.process = subprocess.Popen(
                # A shell that runs this in the background ignores the signal of Ctrl-C.
                ["env", "--default-signal=HUP,INT,QUIT", "./build.sh", "run", "--port",
                 str(self.port), *arguments], cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT,
                env=os.environ | {"OUT": str(OUT)}, start_new_session=True)
        end = began + 600
        while READY not in self.said():
            assert self.process.poll() is None, self.said()[-2000:]
            assert time.monotonic() < end, self.said()[-2000:]
            time.sleep(0.05)
        self.seconds = time.monotonic() - began

    def said(self) -> str:
        return self.told.read_text(errors="replace")

    def stop(self) -> int:
        """As Ctrl-C does it: to all of the terminal's foreground."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    server = Trial()
    yield server
    server.stop()


def swaks(trial: Trial, recipient: str, *arguments: str) -> None:
    sent = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{trial.port}", "--from", "you@mail.test",
         "--to", recipient, *arguments], capture_output=True, text=True, errors="replace",
        timeout=300, check=False)
    assert sent.returncode == 0, sent.stdout[-1500:]


def arrived(user: str, text: bytes, seconds: float = 60) -> bytes:
    """The message in a user's Maildir that holds the text."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path in (HOMES / user / "Maildir/new").glob("*"):
            message = path.read_bytes()
            if text in message:
                return message
        time.sleep(0.1)
    raise AssertionError(f"no message with {text!r} for {user}")


def test_the_first_message_arrives_and_its_hops_are_shown(trial: Trial) -> None:
    told = trial.said()
    for hop in ("accepted", "queued", "delivered", "done", "arrived"):
        assert f"  {hop} " in told, told
    assert list((HOMES / "you/Maildir/new").glob("*"))


def test_the_first_message_comes_in_through_tls(trial: Trial) -> None:
    assert re.search(r"came in    through STARTTLS: ESMTPS \(TLSv1\.3 \w+ encrypted\)",
                     trial.said()), trial.said()
    swaks(trial, "friend@mail.test", "--tls", "--body", "marker-tls")
    assert b"with ESMTPS (TLSv1." in arrived("friend", b"marker-tls")
    key = OUT / "run/qmail/control/servercert.pem"
    assert key.stat().st_mode & 0o77 == 0


def test_a_second_message_is_signed_and_verified_by_another_host(trial: Trial) -> None:
    told = trial.said()
    assert "  signed     by qmail-dkim-sign, as qmail-remote sent it: ed25519-sha256 rsa" in told, told
    for result in ("spf=pass", "dkim=pass (2048-bit key) header.d=mail.test header.s=rsa",
                   "dkim=pass header.d=mail.test header.s=ed header.a=ed25519-sha256"):
        assert re.search(rf"^  verified   {re.escape(result)}", told, re.M), told
    filed = re.search(r"^  filed      (.*)$", told, re.M)
    assert filed, told
    message = pathlib.Path(filed[1]).read_bytes()
    assert message.count(b"\nDKIM-Signature: v=1; a=") == 2
    assert b"\n\nThis message came in over SMTP" in message


def test_mail_from_another_shell_arrives_byte_for_byte(trial: Trial) -> None:
    data = OUT / "letter"
    body = "marker-body Grüße\n" + "x" * 60 + "\n.\nlast\n"
    data.write_bytes(b"Subject: m\n\n" + (body * 1000).encode())
    swaks(trial, "friend@mail.test", "--data", f"@{data}")
    got = arrived("friend", b"marker-body")
    assert got.partition(b"\n\n")[2].rstrip(b"\n") == (body * 1000).encode().rstrip(b"\n")


def test_sendmail_as_it_is_shown_takes_mail(trial: Trial) -> None:
    shown = next(line for line in trial.said().splitlines() if line.startswith("sendmail "))
    command = shown.partition("<")[0].split()[1:]
    message = b"To: friend@mail.test\nSubject: m\n\nfrom a local user: Gr\xfc\xdfe\n"
    subprocess.run(command, input=message, timeout=60, check=True)
    assert arrived("friend", b"from a local user").endswith(message.partition(b"\n\n")[2])


def test_an_unknown_user_bounces_to_the_sender(trial: Trial) -> None:
    swaks(trial, "nobodyhere@mail.test", "--body", "to nobody")
    bounce = arrived("you", b"<nobodyhere@mail.test>:")
    assert b"no mailbox here by that name" in bounce


def test_ctrl_c_stops_everything_and_a_second_start_builds_nothing(trial: Trial) -> None:
    trial.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", trial.port), timeout=5).close()
    again = Trial()
    try:
        assert "compiling" not in again.said()
        assert again.seconds < 5, f"second start took {again.seconds:.1f} s"
    finally:
        again.stop()


def test_a_relay_takes_what_goes_out(trial: Trial) -> None:
    trial.stop()
    if not (PEERS / "usr/sbin/smtp-sink").exists():
        pytest.skip("Postfix's smtp-sink could not be fetched")
    port = free_port()
    dump = OUT / "relayed"
    dump.unlink(missing_ok=True)
    user = ["-u", "root"] if os.getuid() == 0 else []
    sink = subprocess.Popen(
        [PEERS / "usr/sbin/smtp-sink", *user, "-D", dump, f"127.0.0.1:{port}", "10"],
        env={"LD_LIBRARY_PATH": str(PEERS / "usr/lib/postfix"), "PATH": "/usr/bin:/bin"})
    relayed = Trial("--relay", f"127.0.0.1:{port}")
    try:
        swaks(relayed, "somebody@elsewhere.test", "--body", "goes far")
        end = time.monotonic() + 60
        while not (dump.exists() and b"goes far" in dump.read_bytes()):
            assert time.monotonic() < end, relayed.said()[-2000:]
            time.sleep(0.1)
        assert b"<somebody@elsewhere.test>" in dump.read_bytes()
    finally:
        relayed.stop()
        sink.terminate()
        sink.wait()


def test_a_port_that_is_taken_is_told(trial: Trial) -> None:
    trial.stop()
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]
        run = subprocess.run(["./build.sh", "run", "--port", str(port)], cwd=ROOT,
                             capture_output=True, text=True, timeout=120, check=False,
                             env=os.environ | {"OUT": str(OUT)}, stdin=subprocess.DEVNULL)
    assert run.returncode != 0
    assert "FAILED" in run.stderr and str(port) in run.stderr, run.stdout + run.stderr
